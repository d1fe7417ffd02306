/** The look of all pages: no script, no font, nothing from elsewhere. */
export const style = `
:root{color-scheme:light dark;--fg:#1c2430;--dim:#5b6675;--bg:#fbfbfa;--panel:#fff;--line:#e2e4e8;--code:#f2f3f5;--link:#0b5cad;
--get:#1a7f4b;--post:#0b5cad;--put:#8a5a00;--patch:#7a3ea8;--delete:#b3261e}
@media (prefers-color-scheme:dark){:root{--fg:#e4e7ec;--dim:#98a2b3;--bg:#12151a;--panel:#191d24;--line:#2c323c;--code:#222833;--link:#7db5f2;
--get:#5fd09a;--post:#7db5f2;--put:#e0b060;--patch:#c79bee;--delete:#f28b82}}
*{box-sizing:border-box}html{scroll-padding-top:1rem}
body{margin:0;font:15px/1.6 system-ui,sans-serif;color:var(--fg);background:var(--bg)}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
nav{position:fixed;inset:0 auto 0 0;width:18rem;overflow-y:auto;padding:1.5rem 1.25rem;border-right:1px solid var(--line);background:var(--panel)}
nav h2{margin:1.25rem 0 .25rem;font-size:.75rem;letter-spacing:.06em;text-transform:uppercase;color:var(--dim)}
nav ul{list-style:none;margin:0;padding:0}nav li a{display:block;padding:.1rem 0;color:var(--fg);font-size:.9rem}
main{margin-left:18rem;padding:2rem 3rem 6rem;max-width:62rem}
main:only-child{margin:0 auto}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .5rem}main h2{margin:3.5rem 0 .25rem;font-size:1.4rem}
h3{margin:0;font-size:1.1rem}h4{margin:1.25rem 0 .4rem;font-size:.85rem;color:var(--dim)}
article{margin:1.5rem 0;padding:1.25rem 1.5rem;border:1px solid var(--line);border-radius:10px;background:var(--panel)}
code,pre{font:.85em/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{background:var(--code);padding:.1em .35em;border-radius:4px}
pre{background:var(--code);padding:.9rem 1rem;border-radius:8px;overflow-x:auto;margin:.4rem 0}pre code{padding:0;background:none}
.path{display:flex;gap:.6rem;align-items:baseline;margin:.35rem 0 .5rem;flex-wrap:wrap}
.verb{font:600 .75rem ui-monospace,monospace;text-transform:uppercase}
.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.patch{color:var(--patch)}.delete{color:var(--delete)}
table{border-collapse:collapse;width:100%;font-size:.9rem}
td,th{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-top:1px solid var(--line)}th{font-weight:500;white-space:nowrap}
td p,td+td p{margin:0}.dim{color:var(--dim);font-size:.85rem}p{margin:.4rem 0}
details{margin:.4rem 0}summary{cursor:pointer;color:var(--link);font-size:.9rem}
@media (max-width:60rem){nav{position:static;width:auto;max-height:40vh;border-right:0;border-bottom:1px solid var(--line)}main{margin:0;padding:1.5rem}
article{padding:1rem}table{display:block;overflow-x:auto}}`
