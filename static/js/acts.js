/* What a person does on the page: forms with data-act go over the open socket, else by POST, with one id per press.
 *
 * <form data-act="floor.end" method="post" action="do"> works without script; here it is sent at once.
 *   data-door="do"    where to POST, if not to the form's action
 *   data-keep="600"   seconds an unanswered press may wait for the network (default 20); a ballot never waits
 *   data-stay         what was typed stays after success
 *   data-confirm="…"  asked once more in a sheet from <template id="confirm"> (.said, .by, button[data-yes])
 *   data-vote="1-1"   a ballot: 发送中 / 已计入 / 未计入 stand in [data-vote-state] (data-sending, -counted, -lost)
 * Part #me shows a counted ballot by [data-counted="1-1"][data-choice]. [data-ballot="1-1"] is where a ballot opens.
 * A textarea with data-draft keeps its text over reloads. <body data-kept data-unsent> are the other words.
 */
(function () {
  'use strict';
  const Hall = window.Hall;
  if (!Hall) return;
  const page = Hall.page;
  const BOOK = 'acts:' + page.frame;
  const pending = {};
  let button = null; // the one pressed last; old browsers do not tell

  function write() {
    const book = Object.keys(pending).map(function (id) { return pending[id]; }).filter(function (one) { return !one.vote; });
    Hall.store.set(BOOK, book.length ? JSON.stringify(book.map(function (one) {
      return { id: one.id, act: one.act, with: one.with, at: one.at, keep: one.keep, door: one.door };
    })) : '');
  }

  // --- shared parts hold no token of one reader: the page's own is put in ------------------------------------------
  let csrf = page.csrf || '';
  Hall.hooks.part.push(function () {
    document.querySelectorAll('input[name="csrfmiddlewaretoken"]').forEach(function (input) {
      if (input.value) csrf = csrf || input.value; else input.value = csrf;
    });
  });

  // --- collecting ------------------------------------------------------------------------------------------------
  const OURS = /^(act|act_id|device|csrfmiddlewaretoken|next)$/;

  function fields(form, pressed) {
    const found = {};
    function add(name, value) {
      if (OURS.test(name) || typeof value !== 'string') return;
      if (name in found) found[name] = [].concat(found[name], value);
      else found[name] = value;
    }
    new FormData(form).forEach(function (value, name) { add(name, value); });
    if (pressed && pressed.name) add(pressed.name, pressed.value);
    return found;
  }

  function lock(form, locked) {
    if (!form || !form.isConnected) return;
    form.querySelectorAll('button').forEach(function (one) { one.disabled = locked; });
    if (locked) form.setAttribute('aria-busy', 'true'); else form.removeAttribute('aria-busy');
  }

  document.addEventListener('click', function (event) {
    const pressed = event.target.closest && event.target.closest('button, input[type="submit"]');
    if (pressed) button = pressed;
  }, true);

  document.addEventListener('submit', function (event) {
    const form = event.target;
    if (!form.dataset || !form.dataset.act) return;
    const pressed = event.submitter || (button && button.form === form ? button : null);
    const confirm = 'confirm' in form.dataset ? document.getElementById('confirm') : null;
    if ('confirm' in form.dataset && !confirm) return; // the server's own page asks
    event.preventDefault();
    if (confirm) ask(confirm, form, pressed, function () { begin(form, pressed); });
    else begin(form, pressed);
  });

  // --- asking once more ------------------------------------------------------------------------------------------
  function ask(template, form, pressed, yes) {
    if (document.getElementById('sheet')) return;
    const sheet = document.importNode(template.content, true).firstElementChild;
    sheet.id = 'sheet';
    if (pressed) sheet.querySelector('.said').textContent = pressed.textContent.trim();
    sheet.querySelector('.by').textContent = form.dataset.confirm;
    function close() {
      sheet.remove();
      document.removeEventListener('keydown', key, true);
      if (pressed && pressed.isConnected) pressed.focus();
    }
    function key(event) {
      if (event.key === 'Escape') { event.preventDefault(); close(); }
      if (event.key !== 'Tab') return;
      const stops = sheet.querySelectorAll('button');
      const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
      if (document.activeElement !== edge && sheet.contains(document.activeElement)) return;
      event.preventDefault();
      stops[event.shiftKey ? stops.length - 1 : 0].focus();
    }
    sheet.addEventListener('click', function (event) {
      const choice = event.target.closest('button');
      if (!choice) return;
      event.preventDefault();
      close();
      if ('yes' in choice.dataset) yes();
    });
    document.addEventListener('keydown', key, true);
    document.body.appendChild(sheet);
    sheet.setAttribute('tabindex', '-1');
    sheet.focus();
  }

  // --- sending ---------------------------------------------------------------------------------------------------
  function begin(form, pressed) {
    const vote = form.dataset.vote || '';
    const values = fields(form, pressed);
    const what = JSON.stringify([form.dataset.act, values]);
    const before = Object.keys(pending).map(function (id) { return pending[id]; }).filter(function (one) {
      return one.what === what;
    })[0];
    if (before && !before.doubt) return; // a double tap
    if (vote) forget(values.mandate, before);
    const one = before || {
      id: Hall.random(), act: form.dataset.act, with: values, what: what, vote: vote, form: form, token: csrf,
      keep: vote ? 0 : Number(form.dataset.keep || 20), door: form.dataset.door || form.getAttribute('action')
    };
    one.at = Date.now();
    one.doubt = one.told = false; // pressed once more: the same id, so that it counts once
    pending[one.id] = one;
    clean(form);
    lock(form, true);
    if (vote) voteState(one, 'sending'); else Hall.say('');
    write();
    transmit(one);
  }

  /* Another choice was pressed: what became of the one before is no longer asked. */
  function forget(mandate, but) {
    Object.keys(pending).forEach(function (id) {
      const one = pending[id];
      if (one !== but && one.doubt && one.with.mandate === mandate) drop(one);
    });
  }

  function transmit(one) {
    if (Hall.connected && Hall.send({ do: one.act, id: one.id, with: one.with })) {
      one.timer = setTimeout(function () { if (pending[one.id]) post(one); }, 8000);
    } else post(one);
  }

  function post(one) {
    if (one.posting) return;
    one.posting = true;
    const form = new URLSearchParams();
    form.append('act', one.act);
    form.append('act_id', one.id);
    form.append('device', Hall.device());
    if (one.token) form.append('csrfmiddlewaretoken', one.token);
    Object.keys(one.with).forEach(function (name) {
      [].concat(one.with[name]).forEach(function (value) { form.append(name, value); });
    });
    const late = new Promise(function (_, reject) { setTimeout(function () { reject(new Error('late')); }, 12000); });
    const door = fetch(one.door, {
      method: 'POST', credentials: 'same-origin', headers: { Accept: 'application/json' }, body: form
    }).then(function (response) { return response.json(); });
    Promise.race([door, late]).then(function (answer) {
      if (!answer || typeof answer.act !== 'string') throw new Error('no answer');
      answered(answer);
      Hall.refresh();
    }).catch(function () {
      one.posting = false;
      if (pending[one.id]) unanswered(one);
    });
  }

  /* Nobody knows what became of it. A vote is said to be not counted, until the own ballot shows otherwise. */
  function unanswered(one) {
    if (one.vote) {
      one.doubt = one.told = true;
      voteState(one, 'lost');
      lock(one.form, false);
    } else if (Date.now() - one.at > one.keep * 1000) {
      drop(one);
      Hall.say(page.unsent, false);
    } else {
      Hall.say(page.kept);
      setTimeout(function () { if (pending[one.id] && !one.posting) transmit(one); }, 3000);
    }
  }

  function drop(one) {
    clearTimeout(one.timer);
    delete pending[one.id];
    lock(one.form, false);
    write();
  }

  function answered(message) {
    const one = pending[message.act];
    if (!one) return;
    drop(one);
    if (one.vote) voteState(one, message.ok ? 'counted' : 'lost', message.say);
    else Hall.say(message.say, message.ok);
    if (message.ok) done(one); else mark(one.form, message.errors || {});
  }

  function done(one) {
    if (!one.form || 'stay' in one.form.dataset) return;
    one.form.querySelectorAll('[data-draft]').forEach(function (field) { Hall.store.set(draft(field), ''); });
    if (one.form.isConnected) one.form.reset();
  }

  Hall.hooks.act.push(answered);
  Hall.hooks.open.push(function () {
    Object.keys(pending).forEach(function (id) {
      const one = pending[id];
      if (one.vote) { one.doubt = true; Hall.send({ me: true }); } // never sent again by itself: ask what is in the box
      else if (Date.now() - one.at > one.keep * 1000) unanswered(one);
      else if (!one.posting) { clearTimeout(one.timer); transmit(one); }
    });
  });

  // --- ballots ---------------------------------------------------------------------------------------------------
  const LOOKS = { sending: ['banner-warn', 'clock'], counted: ['banner-good', 'passed'], lost: ['banner-bad', 'warn'] };

  /* In the ballot's own card; in the common place when that is gone. */
  function voteState(one, name, words) {
    const card = one.form && one.form.isConnected && one.form.closest('[data-ballot]');
    const place = (card || document).querySelector('[data-vote-state]');
    if (!place || words) Hall.say(words || '', name === 'counted');
    if (!place) return;
    place.hidden = Boolean(words);
    place.className = 'banner ' + LOOKS[name][0];
    place.textContent = words ? '' : place.dataset[name];
    if (!words) place.insertBefore(Hall.icon(LOOKS[name][1]), place.firstChild);
  }

  /* Whether the personal part shows the ballot that was sent. */
  function counted(one) {
    const mine = Array.prototype.slice.call(document.querySelectorAll('#me [data-counted="' + one.vote + '"]'));
    return mine.some(function (card) {
      const mandate = card.querySelector('[name="mandate"]');
      return card.dataset.choice === one.with.choice &&
        (!mandate || !(one.with.mandate > 0) || mandate.value === one.with.mandate);
    });
  }

  Hall.hooks.me.push(function () {
    Object.keys(pending).forEach(function (id) {
      const one = pending[id];
      if (!one.vote || !one.doubt) return;
      const found = counted(one);
      if (found) drop(one);
      else if (one.told) return;
      one.told = true; // it may still arrive: then the next personal part shows it
      lock(one.form, false);
      voteState(one, found ? 'counted' : 'lost');
    });
  });

  let opened = ''; // the vote whose ballot was last shown
  Hall.hooks.part.push(function () {
    const ballot = document.querySelector('[data-ballot]');
    const vote = ballot ? ballot.dataset.ballot : '';
    document.querySelectorAll('[data-ballot]').forEach(function (one) {
      one.classList.toggle('is-voted', Boolean(document.querySelector('#me [data-counted="' + one.dataset.ballot + '"]')));
    });
    if (vote === opened) return;
    opened = vote;
    Object.keys(pending).forEach(function (id) { if (pending[id].doubt) drop(pending[id]); });
    if (!ballot || Hall.isField(document.activeElement)) return;
    ballot.scrollIntoView();
    if (navigator.vibrate) navigator.vibrate(200);
  });

  // --- errors and drafts -----------------------------------------------------------------------------------------
  function clean(form) {
    form.querySelectorAll('[aria-invalid]').forEach(function (field) { field.removeAttribute('aria-invalid'); });
    form.querySelectorAll('[data-error]').forEach(function (error) { error.remove(); });
  }

  function mark(form, errors) {
    if (!form || !form.isConnected) return;
    let first = null;
    Object.keys(errors).forEach(function (name) {
      const field = form.querySelector('[name="' + name + '"]:not([type="hidden"])');
      if (!field) return;
      const error = document.createElement('span');
      error.className = 'error';
      error.setAttribute('data-error', '');
      error.id = 'error-' + name;
      error.textContent = errors[name].join(' ');
      field.parentNode.insertBefore(error, field);
      field.setAttribute('aria-invalid', 'true');
      field.setAttribute('aria-describedby', (field.getAttribute('aria-describedby') || '') + ' ' + error.id);
      first = first || field;
    });
    if (first) first.focus();
  }

  function draft(field) { return 'draft:' + page.frame + ':' + field.name; }

  document.addEventListener('input', function (event) {
    if (event.target.dataset && 'draft' in event.target.dataset) Hall.store.set(draft(event.target), event.target.value);
  });

  document.addEventListener('DOMContentLoaded', function () {
    document.querySelectorAll('[data-draft]').forEach(function (field) {
      if (!field.value) field.value = Hall.store.get(draft(field));
    });
    let book = [];
    try { book = JSON.parse(Hall.store.get(BOOK) || '[]'); } catch (e) { /* not ours */ }
    book.forEach(function (one) {
      one.what = JSON.stringify([one.act, one.with]);
      pending[one.id] = one; // sent again, under the same id, when the page is connected
    });
  });

  // --- what the personal part says of me: #me[data-me="voted next …"] becomes is-voted, is-next … of the page -------
  const TOLD = ['voted', 'special', 'next', 'queued', 'speaking', 'away'];
  Hall.hooks.part.push(function () {
    const mine = document.getElementById('me');
    if (!mine || !('me' in mine.dataset)) return;
    const now = mine.dataset.me.split(' ');
    TOLD.forEach(function (word) { document.body.classList.toggle('is-' + word, now.indexOf(word) >= 0); });
  });

  let turn = null;
  Hall.hooks.part.push(function () {
    const mine = document.querySelector('#me [data-turn]');
    const now = mine ? mine.dataset.turn : '';
    if (turn !== null && now && now !== turn && navigator.vibrate) navigator.vibrate([300, 200, 300]);
    turn = now;
  });
})();
