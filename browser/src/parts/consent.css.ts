/** Colours are those of the customers' pages. A style sheet made by script also stands where a page forbids inline styles. */
export const css = `
:host { all: initial; color-scheme: light dark; --surface: #fff; --ink: #151b17; --ink-2: #444d47; --line: #7f8981;
  --hover: #f0f3ee; --focus: #1d5bd8; --shadow: 0 1px 2px rgb(20 30 24 / .06), 0 12px 32px -12px rgb(20 30 24 / .35); }
@media (prefers-color-scheme: dark) { :host { --surface: #171c19; --ink: #edf1ec; --ink-2: #bcc5be; --line: #78827b;
  --hover: #1e2521; --focus: #8db6ff; --shadow: 0 16px 40px -12px rgb(0 0 0 / .7); } }
[role=dialog] { position: fixed; z-index: 2147483001; left: 16px; right: 16px; bottom: 16px; margin: 0 auto; max-width: 640px;
  max-height: calc(100vh - 32px); overflow: auto; box-sizing: border-box; padding: 24px; border: 1px solid var(--line);
  border-radius: 12px; background: var(--surface); color: var(--ink); box-shadow: var(--shadow);
  font: 16px/24px ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif; }
h2 { margin: 0 0 4px; font-size: 18px; line-height: 26px; font-weight: 620; }
p { margin: 0; color: var(--ink-2); }
ul { list-style: none; margin: 16px 0; padding: 0; display: grid; gap: 12px; }
li { display: grid; grid-template-columns: 24px 1fr; gap: 0 12px; }
li label { font-weight: 500; }
li p { grid-column: 2; font-size: 14px; line-height: 20px; }
li.plain { grid-template-columns: 1fr; }
li.plain p { grid-column: 1; }
input { width: 20px; height: 20px; margin: 2px; accent-color: var(--ink); }
.answers { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 16px; }
button { flex: 1 1 140px; min-height: 44px; padding: 8px 12px; border: 1px solid var(--ink); border-radius: 6px;
  background: var(--surface); color: var(--ink); font: inherit; font-weight: 500; cursor: pointer; }
button:hover { background: var(--hover); }
a { display: inline-block; margin-top: 12px; color: inherit; font-size: 14px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
[role=dialog]:focus-visible { outline-offset: -2px; }
@media (max-width: 480px) { [role=dialog] { left: 0; right: 0; bottom: 0; max-height: 100vh; padding: 16px;
  border-width: 1px 0 0; border-radius: 12px 12px 0 0; } }
@media (prefers-reduced-motion: no-preference) { [role=dialog] { animation: rise .2s ease-out; } }
@keyframes rise { from { transform: translateY(24px); } }
@media print { [role=dialog] { display: none; } }
`;
