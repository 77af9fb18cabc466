// Distances from where the reader is: asked for on a press of the button only, and rounded here,
// before anything is sent. Without scripts the list of places does the same.
"use strict";

const offer = document.querySelector("[data-position]");

function choosePosition({ coords }) {
  const value = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`;
  const places = document.getElementById("near");
  const own = new Option(offer.dataset.label, value, true, true);
  places.add(own, places.options[1] || null);
  places.form.submit();
}

function sayRefused() {
  const line = offer.querySelector("[role=alert]");
  line.textContent = offer.dataset.refused;
  line.hidden = false;
  offer.querySelector("button").disabled = false;
}

if (offer && navigator.geolocation && window.isSecureContext) {
  offer.hidden = false;
  offer.querySelector("button").addEventListener("click", (event) => {
    event.currentTarget.disabled = true;
    navigator.geolocation.getCurrentPosition(choosePosition, sayRefused, { timeout: 15000 });
  });
}
