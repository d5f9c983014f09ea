/* What is being written in a page opened from chat is kept on the phone until it has gone, so that a lost connection
   loses no words. The page works without it. */
(function () {
  "use strict";
  var store;
  try { store = window.localStorage; } catch (error) { return; }
  if (!store) return;
  var PREFIX = "draft:";

  document.querySelectorAll("[data-sent]").forEach(function (place) {
    store.removeItem(PREFIX + place.getAttribute("data-sent"));
  });
  document.querySelectorAll("textarea[data-draft]").forEach(function (area) {
    var key = PREFIX + area.getAttribute("data-draft");
    var kept = store.getItem(key);
    if (kept && !area.value.trim()) area.value = kept;
    area.addEventListener("input", function () {
      try { store.setItem(key, area.value); } catch (error) { /* full or forbidden: the page goes on without */ }
    });
  });
})();
