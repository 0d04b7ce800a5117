// The left and the right arrow go to the day before and after, wherever no text is being typed.
document.addEventListener("keydown", (event) => {
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    const busy = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
    if (!rel || busy || event.defaultPrevented || event.target.closest("input, select, textarea")) {
        return;
    }
    const link = document.querySelector(`.cal a[rel="${rel}"]`);
    if (link) {
        event.preventDefault();
        link.click();
    }
});

// Who types a new person's name means somebody new.
document.addEventListener("input", (event) => {
    if (event.target.closest(".cal-new") && event.target.value) {
        document.querySelector('.cal [name="who"][value="new"]').checked = true;
    }
});

// A long day is opened at the present.
for (const line of document.querySelectorAll(".cal-scroll .cal-now")) {
    line.closest(".cal-scroll").scrollTop = line.offsetTop - 60;
}
