// Walks through the shop in Chromium as shoppers do. Prints `ok NAME` or `not ok NAME: why`.
//   node shop.mjs URL [SCREENSHOT_DIR]
// Buying runs with scripts off; axe needs them and checks each page in a second context.
import { createRequire } from 'node:module';
import { readFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(here, '../../web/package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const base = process.argv[2];
const shots = process.argv[3];
if (shots) mkdirSync(shots, { recursive: true });
let failed = 0;

async function test(name, body) {
  try {
    await body();
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${name}: ${String(error.message ?? error).replaceAll('\n', ' ').slice(0, 500)}`);
  }
}

function expect(condition, why) {
  if (!condition) throw new Error(why);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});

/// A context without scripts that also notes every request to somebody else and every CSP report.
async function shopper(options = {}) {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en-GB', ...options });
  const foreign = [];
  context.on('request', (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith('data:')) foreign.push(request.url());
  });
  return { context, foreign, page: await context.newPage() };
}

async function firstProduct(page, query) {
  await page.goto(`${base}/search?q=${encodeURIComponent(query)}`);
  const link = page.locator('a[href*="/p/"]').first();
  expect((await link.count()) === 1, `nothing is found for ${query}`);
  await page.goto(new URL(await link.getAttribute('href'), base).href);
}

async function addToCart(page) {
  const choice = page.locator('form.buy input[type=radio]:not([disabled])').first();
  if (await choice.count()) await choice.check({ force: true });
  await page.locator('form.buy button[type=submit]').click();
  expect(page.url().includes('/cart'), `after adding we are at ${page.url()}`);
}

async function fillCheckout(page, payment) {
  await page.goto(`${base}/checkout`);
  await page.fill('#email', 'ada@shop.example');
  await page.fill('#name', 'Ada Buyer');
  await page.fill('#line1', 'Street 1');
  await page.fill('#city', 'Berlin');
  await page.fill('#postcode', '10115');
  await page.locator(`input[name=payment][value="${payment}"]`).check({ force: true });
}

async function confirm(page) {
  await page.locator('form[action="/checkout"] button[type=submit]').last().click();
}

await test('browser: a guest buys from two merchants without scripts', async () => {
  const { context, foreign, page } = await shopper({ viewport: { width: 390, height: 844 } });
  await page.goto(base + '/');
  expect((await page.title()).length > 0, 'the home page has no title');
  await firstProduct(page, 'phone');
  await addToCart(page);
  await firstProduct(page, 'tea');
  await addToCart(page);
  const payments = await (async () => {
    await page.goto(`${base}/checkout`);
    return page.locator('input[name=payment]').evaluateAll((all) => all.map((e) => e.value));
  })();
  const approve = payments.find((value) => value.includes('approve'));
  expect(approve, `no test payment among ${payments}`);
  await fillCheckout(page, approve);
  await confirm(page);
  expect(page.url().includes('/o/'), `after confirming we are at ${page.url()}`);
  const text = await page.locator('main').innerText();
  expect(!/error|went wrong/i.test(text), text.slice(0, 200));
  expect(foreign.length === 0, `asked somebody else: ${foreign}`);
  const order = page.url();
  await context.clearCookies();
  const answer = await page.goto(order);
  expect(answer.status() === 404 || answer.url().includes('/sign-in'), `a stranger got ${answer.status()}`);
  await context.close();
});

await test('browser: a declined card keeps the form and the cart', async () => {
  const { context, page } = await shopper();
  await firstProduct(page, 'tea');
  await addToCart(page);
  await page.goto(`${base}/checkout`);
  const payments = await page.locator('input[name=payment]').evaluateAll((all) => all.map((e) => e.value));
  await fillCheckout(page, payments.find((value) => value.includes('decline')));
  await confirm(page);
  expect(page.url().includes('/checkout'), `we are at ${page.url()}`);
  expect((await page.inputValue('#city')) === 'Berlin', 'the address is lost');
  expect(await page.locator('[role=alert]').first().isVisible(), 'nobody says what is wrong');
  await context.close();
});

await test('browser: a double click is one order', async () => {
  const { context, page } = await shopper();
  await firstProduct(page, 'tea');
  await addToCart(page);
  await page.goto(`${base}/checkout`);
  const payments = await page.locator('input[name=payment]').evaluateAll((all) => all.map((e) => e.value));
  await fillCheckout(page, payments.find((value) => value.includes('approve')));
  const fields = await page.locator('form[action="/checkout"]').evaluate((form) => {
    const pairs = [];
    for (const e of form.elements) {
      if (!e.name || e.type === 'submit' || ((e.type === 'radio' || e.type === 'checkbox') && !e.checked)) continue;
      pairs.push([e.name, e.value]);
    }
    return pairs;
  });
  const body = new URLSearchParams(fields).toString();
  const send = () => context.request.post(`${base}/checkout`, {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: base },
    data: body, maxRedirects: 0,
  });
  const both = await Promise.all([send(), send()]);
  const placed = both.filter((answer) => answer.status() === 303).map((answer) => answer.headers().location);
  expect(placed.length >= 1 && placed.every((where) => where === placed[0] && where.startsWith('/o/')),
    `${both.map((answer) => `${answer.status()} ${answer.headers().location}`)}`);
  await context.close();
});

await test('browser: a person sells a thing from the phone without scripts', async () => {
  const { context, page, foreign } = await shopper({ viewport: { width: 390, height: 844 } });
  await page.goto(base + '/sell');
  expect(page.url().includes('/sign-in'), `a guest is at ${page.url()}`);
  await page.goto(base + '/sign-up?next=%2Fsell');
  const photo = await page.screenshot();
  await page.fill('#name', 'Ada');
  await page.fill('#email', `ada${Date.now()}@shop.example`);
  await page.fill('#password', 'correct horse battery staple');
  await page.locator('main form.panel button[type=submit]').click();
  expect(page.url().includes('/sell'), `after signing up we are at ${page.url()}`);
  if (shots) await page.screenshot({ path: join(shots, 'sell-phone.png'), fullPage: true });
  const watched = await browser.newContext({
    bypassCSP: true, viewport: { width: 390, height: 844 }, storageState: await context.storageState() });
  const judged = await watched.newPage();
  await judged.goto(base + '/sell');
  const wide = await judged.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wide <= 0, `${wide} px wider than the screen`);
  await judged.evaluate(axe);
  const found = await judged.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  const words = found.violations.map((v) => `${v.id} (${v.nodes[0].target})`);
  expect(words.length === 0, words.join(', '));
  await watched.close();
  await page.setInputFiles('#photos', { name: 'IMG_1.png', mimeType: 'image/png', buffer: photo });
  await page.fill('#title', 'Blue bowl');
  await page.fill('#price', '12,50');
  await page.locator('main form.panel button[type=submit]').first().click();
  expect(page.url().includes('/p/'), `after listing we are at ${page.url()}`);
  const picture = await page.locator('main img').first().getAttribute('src');
  expect(picture.includes('/photos/'), `the picture is ${picture}`);
  if (shots) await page.screenshot({ path: join(shots, 'sold-phone.png'), fullPage: true });
  expect(foreign.length === 0, `requests to ${foreign}`);
  await context.close();
});

await test('browser: Chinese pages speak Chinese', async () => {
  const { context, page } = await shopper({ locale: 'zh-CN' });
  await page.goto(base + '/');
  expect((await page.locator('html').getAttribute('lang')).startsWith('zh'), 'lang is not zh');
  expect(/[一-鿿]/.test(await page.locator('h1').first().innerText()), 'the heading is not Chinese');
  await context.close();
});

await test('browser: an unknown page leads on', async () => {
  const { context, page } = await shopper();
  const answer = await page.goto(base + '/nothing/here');
  expect(answer.status() === 404, `status ${answer.status()}`);
  expect((await page.locator('a[href="/"]').count()) > 0, 'no way home');
  await context.close();
});

const pages = [['home', '/'], ['search', '/search?q=lamp'], ['sign-in', '/sign-in'], ['cart', '/cart']];
for (const [name, path] of pages) {
  for (const [size, width, height] of [['phone', 390, 844], ['desk', 1280, 900]]) {
    await test(`browser: ${name} at ${size} width passes axe`, async () => {
      const context = await browser.newContext({ bypassCSP: true, viewport: { width, height } });
      const page = await context.newPage();
      await page.goto(base + path);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wide <= 0, `${wide} px wider than the screen`);
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
      const words = found.violations.map((v) => `${v.id} (${v.nodes[0].target})`);
      expect(words.length === 0, words.join(', '));
      if (shots) await page.screenshot({ path: join(shots, `${name}-${size}.png`) });
      await context.close();
    });
  }
}

await browser.close();
process.exit(failed ? 1 : 0);
