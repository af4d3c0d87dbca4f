// @ts-check
// unfold sets the width of the bar of actions by writing the element's style attribute, which our policy forbids. Given
// as an object, Alpine sets that property alone, which it allows. It says when it begins, before it reads the page.

document.addEventListener("alpine:init", () => {
  const bar = document.querySelector("#changelist-actions");
  bar?.setAttribute("x-bind:style", "{ width: `${changeListWidth}px` }");
});
