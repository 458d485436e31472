// Shows the co-pilot's answer while it is written. Without it, the form posts and the page follows with the whole answer.
"use strict";
(() => {
  const root = document.querySelector("[data-copilot]");
  const thread = document.getElementById("thread");
  if (!root || !thread || !window.ReadableStream || !window.TextDecoder) return;
  let running = null;

  const add = (parent, tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    parent.append(made);
    return made;
  };

  // Server-sent events, as they come: fields by line, an event by blank line.
  async function* events(body) {
    const decoder = new TextDecoder();
    const reader = body.getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      rest += decoder.decode(value, { stream: !done });
      const parts = rest.split("\n\n");
      rest = parts.pop();
      for (const part of parts) {
        const event = { name: "", data: "" };
        for (const line of part.split("\n")) {
          if (line.startsWith("event: ")) event.name = line.slice(7);
          if (line.startsWith("data: ")) event.data += line.slice(6);
        }
        if (event.data) yield { name: event.name, ...JSON.parse(event.data) };
      }
      if (done) return;
    }
  }

  // What is still being written is text, without the signs that become forms once its paragraph is finished.
  const plain = (text) =>
    text.replace(/^[ \t]*```.*$/gm, "").replace(/^[ \t]*#+ /gm, "").replace(/^[ \t]*[-*] /gm, "• ").replace(/\*\*|`/g, "");

  // Screen readers get whole sentences.
  const speaker = () => {
    const place = add(thread, "p", "hidden");
    place.setAttribute("aria-live", "polite");
    let pending = "";
    return (text) => {
      pending += text;
      const end = Math.max(pending.lastIndexOf(". "), pending.lastIndexOf("\n"), pending.lastIndexOf("? "), pending.lastIndexOf("! "));
      if (end < 0) return;
      place.textContent = plain(pending.slice(0, end + 1));
      pending = pending.slice(end + 1);
    };
  };

  const fail = (form, words) => {
    form.querySelector(".problem")?.remove();
    const problem = document.createElement("p");
    problem.className = "problem";
    problem.setAttribute("role", "alert");
    problem.textContent = words;
    form.querySelector("button").before(problem);
  };

  async function ask(form, field, text) {
    const body = new URLSearchParams(new FormData(form));
    const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/event-stream" }, signal: running.signal });
    if (!response.ok || !(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) {
      if (response.redirected) { location.reload(); return; }
      const refused = await response.json().catch(() => ({}));
      fail(form, refused.message ?? "That didn’t work. Try again.");
      return;
    }
    form.querySelector(".problem")?.remove();
    field.value = "";
    thread.hidden = false;
    const own = add(thread, "div", "card cp-raw");
    add(own, "div", "", text);
    const answer = add(thread, "div");
    let line = add(answer, "p", "cp-raw", "");
    let rest = "";
    // Finished paragraphs come as the page's own HTML, followed by what isn't finished yet.
    const draw = (html, unfinished) => {
      if (html) {
        line.insertAdjacentHTML("beforebegin", html);
        rest = unfinished;
      }
      line.textContent = plain(rest).trimStart();
    };
    const say = speaker();
    let whole = false;
    for await (const event of events(response.body)) {
      if (event.name === "open") {
        form.action = event.path.split("?")[0];
        history.replaceState(null, "", event.path);
        for (const one of root.querySelectorAll("[data-start]")) one.hidden = true;
      } else if (event.name === "text") {
        rest += event.delta;
        draw(event.html, event.rest);
        say(event.delta);
      } else if (event.name === "tool") {
        draw(event.html, "");
        add(answer, "p", "muted", event.title + "…");
        line = add(answer, "p", "cp-raw", "");
        rest = "";
      } else if (event.name === "problem") {
        draw(event.html, "");
        add(answer, "p", "muted", event.message);
        say(event.message + "\n");
      } else if (event.name === "done") {
        whole = true;
        if (!event.html) { location.reload(); return; }
        thread.innerHTML = event.html;
        document.dispatchEvent(new Event("rekomi:part"));
        [...thread.querySelectorAll("[data-card] button[value=confirm]")].pop()?.closest("section").scrollIntoView({ block: "nearest" });
      }
    }
    if (!whole) location.reload();
  }

  // An example becomes the message with a click.
  for (const one of root.querySelectorAll("[data-examples] li")) {
    const example = one.textContent;
    one.textContent = "";
    const button = add(one, "button", "quiet small", example);
    button.type = "button";
    button.addEventListener("click", () => {
      const field = document.getElementById("message");
      field.value = example;
      field.focus();
    });
  }

  root.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-copilot-form]")) return;
    const field = form.elements.message;
    const text = field.value.trim();
    event.preventDefault();
    if (!text || running) return;
    running = new AbortController();
    const button = form.querySelector("button");
    const label = button.textContent;
    button.textContent = "Answering…";
    button.setAttribute("aria-disabled", "true");
    // What came until then stays, here and in the conversation.
    const stop = add(button.parentElement, "button", "quiet", "Stop");
    stop.type = "button";
    stop.addEventListener("click", () => running?.abort());
    try {
      await ask(form, field, text);
    } catch (error) {
      if (error.name === "AbortError") add(thread, "p", "muted", "Stopped before the answer was complete.").setAttribute("role", "status");
      else fail(form, "The connection was interrupted. Reload the page to see what came.");
    }
    stop.remove();
    button.textContent = label;
    button.removeAttribute("aria-disabled");
    running = null;
    document.getElementById("message")?.focus();
  });

  // Enter sends, as in every chat; Shift and Enter begin a line.
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.target.id !== "message") return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });
  window.addEventListener("pagehide", () => running?.abort());
})();
