// allauth's scripts tell nobody but the console that a passkey was refused.
document.addEventListener("allauth.error", (event) => {
    const note = document.getElementById("door-error");
    note.textContent = `That did not work: ${event.detail.exception.message}`;
    note.hidden = false;
});
