// What axe would judge on this page, said shortly: its structure, its colours on text, and
// whether any target is small or under another.
() => {
  const bare = new Set([
    'href', 'src', 'srcset', 'action', 'name', 'value', 'content', 'nonce', 'datetime', 'd', 'title',
    'alt', 'aria-label', 'placeholder', 'id', 'viewBox', 'width', 'height', 'min', 'max', 'transform',
  ]);
  const naming = new Set(['for', 'aria-labelledby', 'aria-describedby', 'aria-controls']);
  const number = text => {
    let sum = 7;
    for (let at = 0; at < text.length; at++) sum = (Math.imul(sum, 31) + text.charCodeAt(at)) | 0;
    return `${sum}.${text.length}`;
  };

  // Structure: tags, attributes, whether there is text. Of data only whether it is there; of a
  // name of another element whether that exists; like rows of a list or table count once.
  const attribute = ({name, value}) => {
    if (naming.has(name)) {
      const lost = value.split(/\s+/).filter(one => one && !document.getElementById(one));
      return `${name}:${value === ''}${lost.length}`;
    }
    if (name === 'href' && value.startsWith('#')) return `${name}:${!!document.querySelector(value)}`;
    if (name === 'lang') return `${name}:${/^(zh|en)\b/.test(value)}`;
    return bare.has(name) ? `${name}:${value.trim() === ''}` : `${name}=${value}`;
  };
  const shape = element => {
    const parts = [];
    for (const node of element.childNodes) {
      const part = node.nodeType === 1 ? shape(node) : node.nodeType === 3 && node.data.trim() ? '#' : '';
      if (part && parts[parts.length - 1] !== part) parts.push(part);
    }
    const attributes = [...element.attributes].map(attribute).sort().join(' ');
    return `${element.localName}[${attributes}](${parts.join(',')})`;
  };
  const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
  const root = document.documentElement;
  const page = [
    attribute({name: 'lang', value: root.lang}), root.className, document.title.trim() === '',
    ids.length - new Set(ids).size, root.dataset.bsTheme, shape(document.body),
  ].join('|');

  // Colours: of the text, and of everything behind it up to the page itself.
  const behind = new Map();
  const ground = element => {
    if (!element) return '';
    if (!behind.has(element)) {
      const style = getComputedStyle(element);
      const here = [
        style.backgroundColor, style.backgroundImage, style.opacity, style.position, style.filter,
      ].join(' ');
      const rest = ground(element.parentElement);
      const plain = 'rgba(0, 0, 0, 0) none 1 static none';
      behind.set(element, here === plain ? rest : `${here} < ${rest}`);
    }
    return behind.get(element);
  };
  const inks = {};
  for (const element of document.body.querySelectorAll('*')) {
    const field = element.matches('input, textarea, select');
    const own = [...element.childNodes].filter(node => node.nodeType === 3).map(node => node.data);
    const text = (field ? element.value : own.join(' ')) || '';
    if (!text.trim() || !element.checkVisibility({visibilityProperty: true})) continue;
    const style = getComputedStyle(element);
    const off = element.closest(':disabled, [aria-disabled=true]')
      || (element.closest('label') || {}).control?.disabled;
    const ink = number([
      style.color, style.fontSize, style.fontWeight, style.textShadow, style.webkitTextFillColor,
      /[\p{L}\p{N}].*[\p{L}\p{N}]/u.test(text), field, !!off, ground(element),
    ].join('|'));
    (inks[ink] ??= []).push(element);
  }
  window.textByInk = inks;

  // Targets: one lower or narrower than 24 px, or over another, is for axe to judge.
  const kinds = 'a, area, audio, button, details, embed, iframe, input, object, select, summary,'
    + ' textarea, video, [contenteditable], [role], [tabindex]';
  const targets = [...document.querySelectorAll(kinds)]
    .filter(one => one.checkVisibility({visibilityProperty: true}))
    .map(one => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && box.height > 0);
  const meet = ([one, a], [other, b]) => a.left < b.right && b.left < a.right
    && a.top < b.bottom && b.top < a.bottom && !one.contains(other) && !other.contains(one);
  const crowded = targets.some(([, box]) => box.width < 24 || box.height < 24)
    || targets.some((one, at) => targets.slice(at + 1).some(other => meet(one, other)));

  const beyond = root.scrollWidth - window.innerWidth;
  return [number(page), Object.keys(inks), beyond, crowded, !!window.axe];
}
