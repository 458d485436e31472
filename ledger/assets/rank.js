// How well names fit what somebody types, for the command palette.
"use strict";
const rank = (() => {
  // What a letter costs that doesn't follow the one before it: at the start of a word, behind another mark, within a word.
  const WORD = 0.9, MARK = 0.8, WITHIN = 0.17, SKIPPED = 0.999, UNFINISHED = 0.99;
  const LEAST = 0.1;

  const fit = (text, typed, at, from, known) => {
    if (from === typed.length) return at === text.length ? 1 : UNFINISHED;
    const key = `${at} ${from}`;
    if (known.has(key)) return known.get(key);
    let best = 0;
    for (let next = text.indexOf(typed[from], at); next >= 0; next = text.indexOf(typed[from], next + 1)) {
      let cost = 1;
      if (next > at) {
        const before = text[next - 1] ?? " ";
        cost = (before === " " ? WORD : /[^\p{L}\p{N}]/u.test(before) ? MARK : WITHIN) * SKIPPED ** (next - at);
      }
      best = Math.max(best, cost * fit(text, typed, next + 1, from + 1, known));
    }
    known.set(key, best);
    return best;
  };

  /** From 0, which doesn't fit, to 1, which is the same. Other words for a thing count a little less than its name. */
  const score = (typed, name, words = "") => {
    const plain = typed.trim().toLowerCase();
    const of = (text) => fit(text.toLowerCase(), plain, 0, 0, new Map());
    const best = Math.max(of(name), ...words.split(" ").filter(Boolean).map((word) => of(word) * 0.8));
    return best < LEAST ? 0 : best;
  };

  /** The items that fit, the best first; what was used recently comes before its equals. */
  const sort = (typed, items, isRecent = () => false) => items
    .map((item) => ({ ...item, score: score(typed, item.name, item.words) }))
    .filter((item) => item.score > 0)
    .map((item) => ({ ...item, score: item.score + (isRecent(item) ? 0.2 : 0) }))
    .sort((one, other) => other.score - one.score);

  return { score, sort };
})();
