// The few helpers all modules share. Data reaches the page as text only, never as markup.

export const byId = (id) => document.getElementById(id);

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Text that may be broken after "_", "-", "." and "/", where a reader would break it. */
export function breakable(text) {
  return text.split(/(?<=[_./-])/).flatMap((part, at) => (at ? [element("wbr"), part] : [part]));
}
