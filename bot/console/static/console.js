/* Small helpers of the console; every page works without them. */
(function () {
  "use strict";
  var base = document.title;
  var shown = null;

  function showWaiting(element) {
    var count = Number(element.getAttribute("data-waiting"));
    document.title = count ? "(" + count + ") " + base : base;
    var said = document.getElementById("said");
    if (said && shown !== null && count !== shown) {
      said.textContent = count ? "现在有" + count + "件要处理" : "现在没有要处理的事";
    }
    shown = count;
  }

  function look() {
    var now = document.getElementById("now");
    if (now) showWaiting(now);
  }

  function countLetters(area) {
    var place = document.getElementById(area.getAttribute("data-count"));
    if (!place) return;
    var most = area.getAttribute("data-most") || area.getAttribute("maxlength");
    var left = Number(most) - Array.from(area.value.trim()).length;
    place.textContent = left < 0 ? "超了" + -left + "字" : "还可以写" + left + "字";
  }

  document.addEventListener("htmx:afterSettle", look);
  document.addEventListener("input", function (event) {
    if (event.target.matches("textarea[data-count]")) countLetters(event.target);
  });
  document.addEventListener("click", function (event) {
    var quote = event.target.closest("[data-quote]");
    if (!quote) return;
    var area = document.getElementById(quote.getAttribute("data-into"));
    var text = document.getElementById(quote.getAttribute("data-quote")).textContent.trim();
    area.value = area.value.trim() ? area.value.trim() + "\n" + text : text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  });
  document.addEventListener("submit", function (event) {
    var words = event.target.getAttribute("data-confirm");
    if (words && !window.confirm(words)) event.preventDefault();
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.row-more[open]").forEach(function (box) { box.open = false; });
  });

  var here = document.querySelector(".menu .here");
  if (here) here.parentNode.scrollLeft = here.offsetLeft - 40;
  look();
  document.querySelectorAll("textarea[data-count]").forEach(countLetters);
})();
