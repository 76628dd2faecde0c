/** A curve that goes downhill on a TypeScript-blue square. */
export const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">
  <rect width="64" height="64" rx="8" fill="#3178c6"/>
  <path d="M8 14c8 0 10 30 24 34 10 3 16 1 24 1" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round"/>
  <circle cx="46" cy="49" r="5" fill="#ffd54a"/>
  <text x="30" y="30" font-family="sans-serif" font-weight="700" font-size="20" fill="#fff">TS</text>
</svg>
`;
