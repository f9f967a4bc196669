// A passkey that fails is said on the page; allauth would only write it to the console.
document.addEventListener("allauth.error", event => {
  event.preventDefault();
  const note = document.getElementById("passkey-failed");
  document.querySelector("main form").after(note);
  note.hidden = false;
});
