// Looks at the public page as people do: two widths, both colour schemes, with and without JavaScript, by keyboard, with axe.
//
//   node check.mjs ADDRESS SCREENSHOTS
//
// ADDRESS is that of a publisher, or a file that render_sample wrote: then its folder is served from here, with the policy that
// stands beside it in policy.txt.
import {mkdtempSync, readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {basename, dirname, join} from 'node:path';
import {chromium} from 'playwright-core';

const [given, screenshots] = process.argv.slice(2);

const serve = (file) => new Promise((resolve) => {
  const folder = dirname(file);
  const server = createServer((request, response) => {
    try {
      const body = readFileSync(join(folder, basename(request.url)));
      const policy = readFileSync(join(folder, 'policy.txt'), 'utf8');
      response.writeHead(200, {'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy});
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1', () => {
    server.unref();
    resolve(`http://127.0.0.1:${server.address().port}/${basename(file)}`);
  });
});
const address = /^https?:/.test(given) ? given : await serve(given);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const faults = [];
const check = (good, what) => {
  if (!good) faults.push(what);
};

const context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), 'mpcstats-page-')), {
  executablePath: '/usr/bin/chromium',
  headless: true,
  bypassCSP: true,  // for axe alone: the page itself has no script
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const origin = new URL(address).origin;

// What the page has to show: the signed outputs, from the file that it links to.
const outputs = await (async () => {
  const page = await context.newPage();
  await page.goto(address);
  const link = await page.locator('a[href$="/result.json"]').first().getAttribute('href');
  await page.close();
  return (await (await fetch(new URL(link, address))).json()).body.outputs;
})();

for (const width of [360, 1280]) {
  for (const colorScheme of ['light', 'dark']) {
    const name = `${width}-${colorScheme}`;
    const page = await context.newPage();
    await page.setViewportSize({width, height: 900});
    await page.emulateMedia({colorScheme});
    page.on('console', (message) => check(message.type() !== 'error', `${name}: console: ${message.text()}`));
    page.on('request', (request) => {
      const url = request.url();
      check(url.startsWith(origin) || url.startsWith('data:'), `${name}: asks another host: ${url}`);
    });
    const response = await page.goto(address);
    check(response.status() === 200, `${name}: status ${response.status()}`);
    const policy = response.headers()['content-security-policy'] ?? '';
    check(policy.startsWith("default-src 'none'"), `${name}: no strict content security policy`);
    check((await page.locator('script').count()) === 0, `${name}: has a script`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    check(overflow <= 0, `${name}: scrolls sideways by ${overflow} px`);
    for (const text of ['As of', 'The rule in force', 'Check it yourself', 'mpcstats verify', 'Who sees what']) {
      check((await page.getByText(text).count()) > 0, `${name}: "${text}" is missing`);
    }
    const values = await page.locator('.hero .value, .card .value, td.number').allInnerTexts();
    const expected = outputs.reduce((sum, {parts}) => sum + (parts?.length ?? 1), 0);
    check(values.length === expected, `${name}: ${values.length} values of ${expected}`);
    check(values.every((value) => /\d|no value/.test(value)), `${name}: a figure without a value: ${values}`);
    const text = await page.locator('main').innerText();
    for (const {label, cell, parts} of outputs) {
      check(text.includes(label) && text.includes(cell), `${name}: ${label} ${cell} is missing`);
      for (const part of parts ?? []) check(text.includes(part.name), `${name}: ${label}: ${part.name} is missing`);
    }
    await page.screenshot({path: join(screenshots, `${name}.png`), fullPage: true});

    // By keyboard: every link and scrollable box is reached, in order, and shows that it is.
    const links = await page.locator('a[href], pre[tabindex], div[tabindex]').count();
    for (let i = 0; i < links; ++i) {
      await page.keyboard.press('Tab');
      const focus = await page.evaluate(() => {
        const element = document.activeElement;
        const style = getComputedStyle(element);
        return {tag: element.tagName, outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0};
      });
      check(['A', 'PRE', 'DIV'].includes(focus.tag), `${name}: Tab ${i + 1} reaches ${focus.tag}`);
      check(focus.outline, `${name}: the focus on ${focus.tag} cannot be seen`);
    }
    await page.evaluate(axe);
    const result = await page.evaluate(() => window.axe.run());
    for (const violation of result.violations) {
      faults.push(`${name}: axe: ${violation.id}: ${violation.nodes.map((node) => node.html).join(' | ')}`);
    }
    await page.close();
  }
}

// Under its own policy, with and without JavaScript: the style is taken, nothing is refused, the text is the same.
const texts = [];
const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu',
  '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']});
for (const javaScriptEnabled of [true, false]) {
  const name = `JavaScript ${javaScriptEnabled ? 'on' : 'off'}`;
  const page = await (await browser.newContext({javaScriptEnabled, viewport: {width: 1280, height: 900}})).newPage();
  page.on('console', (message) => check(message.type() !== 'error', `${name}: console: ${message.text()}`));
  await page.goto(address);
  // Without the style a section is as wide as the window.
  const box = await page.locator('.hero').boundingBox();
  check(box.width < 1200, `${name}: the page has lost its style`);
  texts.push(await page.locator('body').innerText());
}
check(texts[0] === texts[1], 'the page differs without JavaScript');
await browser.close();
await context.close();

for (const fault of faults) console.log(fault);
console.log(`${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
