/* What is being written is kept in the browser until it has gone, so that a lost connection or an ended session loses no
   words: on a phone for good, at the console (data-draft-tab) in this tab alone, under who is signed in. Words that the
   server has meanwhile been given by another way win. The page works without it. */
(function () {
  "use strict";
  var PREFIX = "draft:";

  function storeOf(place) {
    try { return place.hasAttribute("data-draft-tab") ? window.sessionStorage : window.localStorage; } catch (error) { return null; }
  }

  function read(store, key) {
    try { return JSON.parse(store.getItem(key)); } catch (error) { return null; }
  }

  document.querySelectorAll("[data-sent]").forEach(function (place) {
    var store = storeOf(place);
    if (store) store.removeItem(PREFIX + place.getAttribute("data-sent"));
  });
  document.querySelectorAll("textarea[data-draft]").forEach(function (area) {
    var store = storeOf(area), key = PREFIX + area.getAttribute("data-draft"), over = area.value;
    if (!store) return;
    var kept = read(store, key);
    if (kept && kept.over === over && kept.words !== over) {
      area.value = kept.words;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    area.addEventListener("input", function () {
      try { store.setItem(key, JSON.stringify({ words: area.value, over: over })); } catch (error) { /* full or forbidden */ }
    });
  });
})();
