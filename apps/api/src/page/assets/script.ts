/**
 * What pages do beyond links and forms; all of them work without it. One file for every page, so that browsers keep it.
 */
export const SCRIPT_TEXT = `'use strict';
(() => {
  const one = (selector) => document.querySelector(selector);
  const announce = (text) => {
    one('#announcement').textContent = text;
  };
  const fetchPage = async (url, signal) => {
    const response = await fetch(url, { headers: { Accept: 'text/html' }, signal });
    return new DOMParser().parseFromString(await response.text(), 'text/html');
  };

  // Commands: with the address of this service where it does not know its own, and with a button that copies.
  const prepare = (root) => {
    for (const place of root.querySelectorAll('[data-origin]')) {
      place.textContent = location.origin;
    }
    for (const button of root.querySelectorAll('[data-copy]')) {
      button.hidden = false;
    }
  };
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]');
    if (button === null) return;
    const text = document.getElementById(button.dataset.copy).textContent;
    let said = 'Copied';
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      said = 'Press Ctrl+C';
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    }
    const label = button.textContent;
    if (label !== said) {
      button.textContent = said;
      setTimeout(() => (button.textContent = label), 2000);
    }
    announce(said);
  });

  // Search as you type: what the form would show, without its button. An answer that comes late is dropped.
  const search = one('form[role=search]');
  if (search !== null) {
    let current = new AbortController();
    let timer;
    const show = async () => {
      current.abort();
      current = new AbortController();
      const url = new URL(search.action);
      const words = search.q.value.trim();
      if (words !== '') url.searchParams.set('q', words);
      try {
        const page = await fetchPage(url, current.signal);
        const results = page.querySelector('#results');
        if (results === null) return;
        one('#results').replaceWith(results);
        history.replaceState(null, '', url);
        announce(results.dataset.summary);
      } catch (error) {
        if (error.name !== 'AbortError') search.submit();
      }
    };
    search.q.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(show, 150);
    });
  }

  // What is under way shows itself again, until it is over. What the reader has in hand is left alone.
  const follow = async () => {
    const live = one('#live');
    if (live === null || !('underWay' in live.dataset)) return;
    if (!document.hidden && !live.contains(document.activeElement)) {
      try {
        const now = (await fetchPage(location.href)).querySelector('#live');
        if (now === null) return location.reload();
        if (now.dataset.state !== live.dataset.state) announce(now.dataset.state);
        live.replaceWith(now);
        prepare(now);
      } catch {
        // The service is away for a moment; it is asked again.
      }
    }
    setTimeout(follow, 1500);
  };

  prepare(document);
  setTimeout(follow, 1500);
})();
`;
