/* Keys of the console: data-key="N" (the physical key N), "ArrowRight", "BracketRight", "PageDown" of a clicker, "?".
 * A key presses what is visible and enabled, never while a field has the focus or a sheet is open. */
(function () {
  'use strict';
  const Hall = window.Hall;
  if (!Hall) return;

  function meant(event, key) {
    return key === event.code || 'Key' + key === event.code || (key.length === 1 && key === event.key);
  }

  document.addEventListener('keydown', function (event) {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (Hall.isField(document.activeElement) || document.getElementById('sheet')) return;
    const found = Array.prototype.filter.call(document.querySelectorAll('[data-key]'), function (one) {
      return meant(event, one.dataset.key) && !one.disabled && one.offsetParent !== null;
    })[0];
    if (!found) return;
    event.preventDefault();
    found.click();
  });
})();
