/* The open page: keeps what it shows current. Plain ES2017, no build step, no crypto but random numbers (http on a LAN).
 *
 * On <body> (or <html>): data-ws="/ws/s/…/", data-frame="/s/…/frame", data-rev, data-poll (seconds), data-language,
 * data-device-key (the name under which this phone keeps its key; the key itself is in <input data-device>), data-csrf.
 * A part is an element with an id; the server sends its whole outer HTML. Beside the parts a page may have
 *   #link   data-on, data-wait, data-off: the connection in words; with data-quiet it is hidden while connected
 *   #answer (or #said)   role="status": the one place where answers are read out
 *   [data-offer] hidden: the bar that offers a ballot to someone who is writing
 */
(function () {
  'use strict';
  const root = document.documentElement;
  const page = Object.assign({}, root.dataset, document.body.dataset);
  if (!page.frame) return;

  const Hall = (window.Hall = { page: page, connected: false, hooks: { part: [], me: [], open: [], act: [] } });
  const CAP = 8000; // ms between two attempts to connect, at most
  const SAID = 8000; // ms an answer stays at least; it goes when something else happens after that
  const waiting = {}; // parts that a finger or a field keeps away, newest by id
  let rev = Number(page.rev) || 0;
  let socket = null;
  let failures = 0;
  let retry = 0;
  let poll = 0;
  let beat = 0;
  let deadline = 0;
  let pollSeconds = Number(page.poll) || 5;
  let gone = false; // the server has said that this page has no business here

  function run(name, argument) {
    Hall.hooks[name].forEach(function (hook) { hook(argument); });
  }

  // --- storage: a WebView may refuse or lose it ---------------------------------------------------------------
  const memory = {};
  Hall.store = {
    get: function (key) {
      try { const found = localStorage.getItem(key); if (found !== null) return found; } catch (e) { /* refused */ }
      return memory[key] || '';
    },
    set: function (key, value) {
      memory[key] = value;
      try { if (value) localStorage.setItem(key, value); else localStorage.removeItem(key); } catch (e) { /* refused */ }
    }
  };

  Hall.random = function () {
    const numbers = crypto.getRandomValues(new Uint8Array(16));
    return Array.prototype.map.call(numbers, function (n) { return ('0' + n.toString(16)).slice(-2); }).join('');
  };

  // --- the device key: given in the page once, kept here, since in-app browsers forget their cookies -------------
  Hall.device = function () {
    if (!page.deviceKey) return '';
    const given = document.querySelector('input[data-device]');
    const key = (given && given.value) || Hall.store.get(page.deviceKey);
    if (key) Hall.store.set(page.deviceKey, key);
    document.querySelectorAll('input[name="device"]').forEach(function (input) { if (!input.value) input.value = key; });
    return key;
  };

  // --- the hall's time -------------------------------------------------------------------------------------------
  let hallThen = Date.now();
  let mineThen = performance.now();
  let rate = 1;

  Hall.now = function () { return hallThen + (performance.now() - mineThen) * rate; };

  function setTime(message) {
    if (typeof message.now !== 'number') return;
    hallThen = message.now;
    mineThen = performance.now();
    if (typeof message.rate === 'number') rate = message.rate;
  }

  // --- parts -----------------------------------------------------------------------------------------------------
  let finger = 0; // since when something is pressed; 0 if nothing is

  Hall.isField = function (element) {
    if (!element) return false;
    if (element.isContentEditable || /^(TEXTAREA|SELECT)$/.test(element.tagName)) return true;
    return element.tagName === 'INPUT' && !/^(submit|button|image|reset|hidden)$/.test(element.type);
  };

  function pressed() { finger = Date.now(); }
  function released() { setTimeout(function () { finger = 0; flush(); }, 350); } // the click comes after the finger
  if (window.PointerEvent) {
    document.addEventListener('pointerdown', pressed, true);
    ['pointerup', 'pointercancel'].forEach(function (name) { document.addEventListener(name, released, true); });
  } else {
    ['touchstart', 'mousedown'].forEach(function (name) { document.addEventListener(name, pressed, true); });
    ['touchend', 'touchcancel', 'mouseup'].forEach(function (name) { document.addEventListener(name, released, true); });
  }
  document.addEventListener('focusout', function () { setTimeout(flush, 200); });

  function bringsBallot(element, html) {
    return document.querySelector('[data-offer]') && html.indexOf('data-ballot') >= 0 &&
      !element.querySelector('[data-ballot]') && !element.hasAttribute('data-ballot');
  }

  function kept(element, html) {
    const active = document.activeElement;
    if (finger && Date.now() - finger < 5000) return true; // nothing moves under a finger
    return Hall.isField(active) && (element.contains(active) || bringsBallot(element, html));
  }

  function signature(element) {
    const form = element.form;
    return [element.tagName, element.id, element.name, element.value, element.getAttribute('href'), element.dataset.key,
      form && form.dataset && form.dataset.act].join('|');
  }

  function put(element, html) {
    const template = document.createElement('template');
    template.innerHTML = html;
    const fresh = template.content.firstElementChild;
    const active = document.activeElement;
    const held = element.contains(active) && active !== element ? signature(active) : '';
    const typed = [];
    element.querySelectorAll('input[type="text"], textarea').forEach(function (field) {
      if (field.name && field.value !== field.defaultValue) typed.push([field.name, field.value]);
    });
    element.textContent = '';
    if (fresh) {
      Array.prototype.slice.call(element.attributes).forEach(function (attribute) {
        if (!fresh.hasAttribute(attribute.name) && attribute.name !== 'id') {
          element.removeAttribute(attribute.name);
        }
      });
      Array.prototype.forEach.call(fresh.attributes, function (attribute) {
        if (element.getAttribute(attribute.name) !== attribute.value) {
          element.setAttribute(attribute.name, attribute.value);
        }
      });
      while (fresh.firstChild) element.appendChild(fresh.firstChild);
    }
    typed.forEach(function (pair) {
      const field = element.querySelector('[name="' + pair[0] + '"]');
      if (field) field.value = pair[1];
    });
    if (held) {
      const again = Array.prototype.filter.call(element.querySelectorAll('a, button, input'), function (one) {
        return signature(one) === held;
      })[0];
      if (!again) element.setAttribute('tabindex', '-1');
      (again || element).focus({ preventScroll: true });
    }
    if (element.id === 'now' && Date.now() - said > SAID) Hall.say('');
    run('part', element);
    if (element.id === 'me') run('me');
  }

  function update(id, html) {
    const element = document.getElementById(id);
    if (!element) return;
    if (kept(element, html)) {
      waiting[id] = html;
      offer(Object.keys(waiting).some(function (one) {
        return bringsBallot(document.getElementById(one), waiting[one]);
      }));
    } else {
      delete waiting[id];
      put(element, html);
    }
  }

  function flush() {
    Object.keys(waiting).forEach(function (id) { update(id, waiting[id]); });
    if (!Object.keys(waiting).length) offer(false);
  }
  Hall.flush = flush;

  /* A ballot never opens over someone who writes: a bar offers it, and what is written stays. */
  function offer(wanted) {
    const bar = document.querySelector('[data-offer]');
    if (bar && bar.hidden === wanted) bar.hidden = !wanted;
  }
  document.addEventListener('click', function (event) {
    if (!event.target.closest || !event.target.closest('[data-offer]')) return;
    event.preventDefault();
    if (document.activeElement) document.activeElement.blur();
    finger = 0;
    flush();
  });

  function frame(message) {
    if (message.base > rev) { hello(); return; } // we missed something: say what we have
    Object.keys(message.parts).forEach(function (id) { update(id, message.parts[id]); });
    if (!message.more) rev = message.rev;
  }

  function heard(message) {
    if (message.hello) {
      setTime(message.hello);
      pollSeconds = message.hello.poll || pollSeconds;
      failures = 0;
      Hall.connected = true;
      state('on');
      clearInterval(poll);
      poll = 0;
      run('open');
    }
    if ('pong' in message) setTime(message);
    if (message.fetch) refresh();
    if (message.parts) frame(message);
    if (typeof message.me === 'string') update('me', message.me);
    if (message.act) run('act', message);
    else if (message.say) Hall.say(message.say, false);
  }

  /* A sentence for the person, in the one place that reads it out. */
  let said = 0;
  Hall.say = function (sentence, good) {
    const place = document.getElementById('answer') || document.getElementById('said');
    if (!place) return;
    said = Date.now();
    place.classList.add('banner');
    place.classList.toggle('banner-warn', good === undefined);
    place.classList.toggle('banner-good', good === true);
    place.classList.toggle('banner-bad', good === false);
    place.textContent = sentence || '';
    if (sentence) place.insertBefore(Hall.icon(good ? 'passed' : good === false ? 'warn' : 'info'), place.firstChild);
    place.hidden = !sentence;
    if (sentence && !Hall.isField(document.activeElement)) place.scrollIntoView({ block: 'nearest' });
  };

  /* An icon of the sprite in this page; xlink:href, for the old phones. */
  Hall.icon = function (name) {
    const icon = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
    icon.setAttribute('class', 'i');
    icon.setAttribute('aria-hidden', 'true');
    use.setAttributeNS('http://www.w3.org/1999/xlink', 'href', '#i-' + name);
    icon.appendChild(use);
    return icon;
  };

  // --- the connection --------------------------------------------------------------------------------------------
  function state(name) {
    const link = document.getElementById('link');
    root.classList.toggle('is-off', name === 'off');
    if (!link || link.dataset.state === name) return;
    link.dataset.state = name;
    if ('quiet' in link.dataset || !('on' in link.dataset)) link.hidden = name === 'on';
    if (!('on' in link.dataset)) return;
    link.classList.toggle('pill-wait', name === 'wait');
    link.classList.toggle('pill-off', name === 'off');
    const icon = link.querySelector('use');
    if (icon) icon.setAttributeNS('http://www.w3.org/1999/xlink', 'href', '#i-link_' + name);
    (link.querySelector('span') || link).textContent = link.dataset[name];
  }

  Hall.send = function (message) {
    if (!socket || socket.readyState !== 1) return false;
    socket.send(JSON.stringify(message));
    return true;
  };

  function hello() { Hall.send({ have: rev, device: Hall.device() }); }

  function connect() {
    clearTimeout(retry);
    retry = 0;
    if (socket || gone || !page.ws || !window.WebSocket) return;
    const scheme = location.protocol === 'https:' ? 'wss://' : 'ws://';
    let one;
    try {
      one = new WebSocket(scheme + location.host + page.ws + '?lang=' + (page.language || root.lang.toLowerCase()));
    } catch (e) { lost(0); return; }
    socket = one;
    expect(10000);
    one.onopen = function () { if (socket === one) hello(); };
    one.onmessage = function (event) {
      if (socket !== one) return;
      clearTimeout(deadline);
      deadline = 0;
      heard(JSON.parse(event.data));
      pace();
    };
    one.onclose = function (event) { if (socket === one) lost(event.code); };
  }

  function lost(code) {
    clearTimeout(deadline);
    clearTimeout(beat);
    deadline = 0;
    socket = null;
    Hall.connected = false;
    failures += 1;
    gone = code === 4403 || code === 4404 || code === 4410;
    state(gone || failures > 3 || navigator.onLine === false ? 'off' : 'wait');
    if (gone) return;
    const cap = code === 4429 ? 60000 : Math.min(CAP, 500 * Math.pow(2, failures));
    if (!retry) retry = setTimeout(connect, Math.random() * cap);
    if (failures >= 3 && !poll) { poll = setInterval(refresh, pollSeconds * 1000); refresh(); }
  }

  /* Something must be heard within so many ms, else the line is dead: phones that slept are not told of it. */
  function expect(ms) {
    clearTimeout(deadline);
    deadline = setTimeout(function () {
      const dead = socket;
      lost(0);
      if (dead) dead.close();
    }, ms);
  }

  function ping(ms) { if (Hall.send({ ping: rev })) expect(ms); }

  function pace() {
    clearTimeout(beat);
    beat = setTimeout(function () { ping(10000); }, 45000 + Math.random() * 15000);
  }

  function nudge() {
    if (document.visibilityState === 'hidden') return;
    if (socket && socket.readyState === 1) ping(4000);
    else if (!socket) { failures = Math.min(failures, 3); connect(); }
  }
  document.addEventListener('visibilitychange', nudge);
  window.addEventListener('pageshow', nudge);
  window.addEventListener('online', nudge);
  window.addEventListener('offline', function () { if (!Hall.connected) state('off'); });

  /* The same picture by GET, for halls whose network eats WebSockets. */
  function refresh() {
    const asked = rev;
    return fetch(page.frame + '?have=' + rev, {
      credentials: 'same-origin', cache: 'no-store', headers: { 'X-Hall-Device': Hall.device(), Accept: 'application/json' }
    }).then(function (response) {
      if (response.status === 204) return null;
      if (!response.ok) throw new Error(String(response.status));
      return response.json();
    }).then(function (message) {
      if (!Hall.connected) state('wait');
      if (message && rev === asked) heard(message); // else something newer has come meanwhile
    }).catch(function () { if (!Hall.connected) state('off'); });
  }
  Hall.refresh = refresh;

  document.addEventListener('DOMContentLoaded', function () {
    run('part', document.body);
    connect();
  });
})();
