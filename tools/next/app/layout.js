import { createElement } from 'react';

/** @param {{ children: unknown }} props */
export default function Layout({ children }) {
  return createElement(
    'html',
    { lang: 'en' },
    createElement('head', {}, createElement('script', { src: '/cutover-beacon.js' })),
    createElement('body', {}, children),
  );
}
