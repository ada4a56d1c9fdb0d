// The two things a report cannot do without a script; it is complete without them.
(() => {
  "use strict";
  // A position is asked for only when the button is pressed, and shown before it is sent.
  const ask = document.querySelector("[data-locate]");
  if (ask && navigator.geolocation) {
    const note = document.querySelector("[data-locate-note]");
    const latitude = document.querySelector("[name=latitude]");
    const longitude = document.querySelector("[name=longitude]");
    ask.hidden = false;
    ask.addEventListener("click", () => {
      if (latitude.value) {
        latitude.value = longitude.value = "";
        note.textContent = ""; ask.textContent = ask.dataset.locate;
        return;
      }
      note.textContent = note.dataset.waiting;
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          latitude.value = coords.latitude.toFixed(3); longitude.value = coords.longitude.toFixed(3);
          note.textContent = `${note.dataset.done} ${latitude.value}, ${longitude.value}`;
          ask.textContent = ask.dataset.remove;
        },
        () => { note.textContent = note.dataset.failed; },
        { timeout: 15000, maximumAge: 60000 },
      );
    });
  }
  // On a slow network people press twice; the second press would only load the page again.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));
})();
