/* What is being written is kept in the browser until it has gone, so that a lost connection or an ended session loses no
   words: on a phone for seven days, at the console (data-draft-tab) in this tab alone, under who is signed in. Words that
   the server has meanwhile been given by another way win. Whatever ended a question (data-sent) ends its drafts; signing
   out, and another person's signing in, end all of the tab's. The page works without it. */
(function () {
  "use strict";
  var PREFIX = "draft:", KEPT_MS = 7 * 24 * 3600 * 1000, AHEAD_MS = 24 * 3600 * 1000;

  function open(name) {
    try { return window[name]; } catch (error) { return null; }
  }

  var phone = open("localStorage"), tab = open("sessionStorage");

  function storeOf(place) {
    return place.hasAttribute("data-draft-tab") ? tab : phone;
  }

  function read(store, key) {
    try { return JSON.parse(store.getItem(key)); } catch (error) { return null; }
  }

  function removeWhere(store, ends) {
    var keys = [];
    for (var at = 0; store && at < store.length; at += 1) {
      if (store.key(at).indexOf(PREFIX) === 0) keys.push(store.key(at));
    }
    keys.forEach(function (key) { if (ends(key)) store.removeItem(key); });
  }

  function isOver(store) {
    return function (key) {
      var kept = read(store, key), age = kept && typeof kept.at === "number" ? Date.now() - kept.at : NaN;
      return !(age > -AHEAD_MS && age < KEPT_MS);
    };
  }

  var owner = document.body.getAttribute("data-draft-owner"), areas = document.querySelectorAll("textarea[data-draft]");
  removeWhere(phone, isOver(phone));
  removeWhere(tab, isOver(tab));
  if (owner) removeWhere(tab, function (key) { return key.indexOf(PREFIX + owner + ":") !== 0; });
  document.querySelectorAll("form[data-drafts-end]").forEach(function (form) {
    form.addEventListener("submit", function () { removeWhere(tab, function () { return true; }); });
  });
  document.querySelectorAll("[data-sent]").forEach(function (place) {
    var ended = PREFIX + place.getAttribute("data-sent"), shown = {};
    areas.forEach(function (area) { shown[PREFIX + area.getAttribute("data-draft")] = true; });
    removeWhere(storeOf(place), function (key) {
      return (key === ended || key.indexOf(ended + ":") === 0) && !shown[key];
    });
  });
  areas.forEach(function (area) {
    var store = storeOf(area), key = PREFIX + area.getAttribute("data-draft"), over = area.value;
    if (!store) return;
    var kept = read(store, key);
    if (kept && kept.over === over && kept.words !== over) {
      area.value = kept.words;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    area.addEventListener("input", function () {
      var draft = { words: area.value, over: over, at: Date.now() };
      try { store.setItem(key, JSON.stringify(draft)); } catch (error) { /* full or forbidden */ }
    });
  });
})();
