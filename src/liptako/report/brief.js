"use strict";
// Copies the sentence with its caveat, and prints; the page is whole without.
(() => {
  const text = document.getElementById("sentence").textContent.replace(/\s+/g, " ").trim();
  const said = document.getElementById("said");
  const copy = document.getElementById("copy");
  const print = document.getElementById("print");
  const select = () => {
    const range = document.createRange();
    range.selectNodeContents(document.getElementById("sentence"));
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy");
  };
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      if (!select()) return;
    }
    said.textContent = copy.dataset.copied;
  });
  print.addEventListener("click", () => window.print());
  copy.hidden = print.hidden = false;
})();
