/* Clocks: they run on the hall's time, which the server said once, so wall, console and phones show the same second.
 *
 * <div class="clockline"><p class="clock" role="timer" data-clock-start="ms since 1970, or ISO 8601"
 *   data-clock-limit="120" data-words="还剩|还剩,请收尾|时间到" [data-clock-end] [data-ring]><time>1:22</time></p>
 *   <p class="clock-word">还剩</p></div>
 * From 30 seconds on it is-soon, at 0 is-over, always with the word; with data-ring also a tick and a bell.
 * <time data-hall-time> shows the hour: minutes east of Greenwich, 480 if it says none.
 */
(function () {
  'use strict';
  const Hall = window.Hall;
  if (!Hall) return;
  const SOON = 30;
  const rung = {}; // seconds last seen, by clock
  let sound = null;

  function ring(hertz, seconds) {
    const Sound = window.AudioContext || window.webkitAudioContext;
    if (!Sound) return;
    try {
      sound = sound || new Sound();
      if (sound.state === 'suspended') sound.resume();
      const tone = sound.createOscillator();
      const volume = sound.createGain();
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0.2, sound.currentTime);
      volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + seconds);
      tone.connect(volume);
      volume.connect(sound.destination);
      tone.start();
      tone.stop(sound.currentTime + seconds);
    } catch (e) { /* no sound here: the class and the word say it */ }
  }

  function two(number) { return ('0' + number).slice(-2); }

  function write(place, text) { if (place && place.textContent !== text) place.textContent = text; }

  /* Old browsers read at most three digits of a second. */
  function moment(text) {
    return Number(text) || (text ? Date.parse(text.replace(/(\.\d{3})\d+/, '$1')) : 0);
  }

  function show(clock) {
    const start = moment(clock.dataset.clockStart);
    const limit = Number(clock.dataset.clockLimit);
    const now = moment(clock.dataset.clockEnd) || Hall.now();
    const rest = Math.max(0, Math.min(limit, Math.ceil((start - now) / 1000 + limit)));
    const soon = rest > 0 && rest <= SOON;
    const box = clock.closest('.clockline') || clock;
    const word = box.querySelector('.clock-word, small');
    const words = (clock.dataset.words || '').split('|');
    write(clock.querySelector('time') || clock, Math.floor(rest / 60) + ':' + two(rest % 60));
    box.classList.toggle('is-soon', soon);
    box.classList.toggle('is-over', rest === 0);
    if (words.length === 3) write(word, words[rest === 0 ? 2 : soon ? 1 : 0]);
    if (!('ring' in clock.dataset)) return;
    const key = start + ':' + limit;
    const before = rung[key];
    rung[key] = rest;
    if (before > SOON && soon) ring(660, 0.25); // only what was reached while we looked
    if (before > 0 && rest === 0) ring(880, 1.5);
  }

  function tick() {
    document.querySelectorAll('[data-clock-start]').forEach(show);
    document.querySelectorAll('[data-hall-time]').forEach(function (place) {
      const there = new Date(Hall.now() + Number(place.dataset.hallTime || 480) * 60000);
      write(place, two(there.getUTCHours()) + ':' + two(there.getUTCMinutes()));
    });
  }

  Hall.hooks.part.push(tick);
  setInterval(tick, 250);
})();
