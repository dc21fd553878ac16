/** Call each operation of the App API, on people and mails that another script has made. */
const { SendEmailRequest, SendPushRequest, verifyRequestSignature } = require("customerio-node");
const { app, readUntil, recordCalls, refusal, run } = require("./common.cjs");
const { startSite } = require("./local_site.cjs");

const { APP_URL } = process.env;
const client = app();

const makeWebhook = async (site, token) => {
  const events = ["email_sent", "email_delivered"];
  const made = await client.createReportingWebhook({ name: "Store", endpoint: `${site.url}/hook`, events });
  await client.updateReportingWebhook(made.id, { events: ["email_sent"] });
  const shown = await client.getReportingWebhook(made.id);
  const listed = (await client.listReportingWebhooks()).reporting_webhooks.map((webhook) => webhook.id);
  const own = await fetch(`${APP_URL}/webhooks/${made.id}`, { headers: { Authorization: `Bearer ${token}` } });
  return { id: made.id, shown, listed, key: (await own.json()).signature.key };
};

const finished = async (created) => {
  const isFinished = ({ state }) => ["imported", "failed", "canceled"].includes(state);
  return readUntil(isFinished, async () => (await client.getImport(created.import.id)).import);
};

/** Import the files of these kinds at the same time. */
const importFiles = async (site, kinds) => {
  const started = [];
  for (const [type, options] of kinds) {
    const wanted = { name: `Import of ${type}`, type, data_file_url: `${site.url}/${type}.csv`, ...options };
    started.push(await client.createImport(wanted));
  }
  const imports = {};
  for (const created of started) imports[created.import.type] = await finished(created);
  return imports;
};

const readSegments = async (segmentId) => {
  const { count } = await client.getSegmentCustomerCount(segmentId);
  const pages = [];
  let start;
  do {
    const page = await client.getSegmentMembership(segmentId, { limit: 3, start });
    pages.push(page.identifiers);
    start = page.next;
  } while (start);
  const other = (await client.createSegment({ name: `Empty ${segmentId}` })).segment;
  const shown = (await client.getSegment(other.id)).segment;
  const listed = (await client.listSegments()).segments.map((segment) => segment.id);
  const used_by = (await client.getSegmentUsedBy(segmentId)).used_by;
  await client.deleteSegment(other.id);
  const deleted = await refusal(() => client.getSegment(other.id));
  return { count, pages, other, shown, listed, used_by, deleted };
};

const readSenders = async (email) => {
  const { sender_identities } = await client.getSenderIdentities({ limit: 1000 });
  const { id } = sender_identities.find((sender) => sender.email === email);
  const shown = (await client.getSenderIdentity(id)).sender_identity;
  return { shown, used_by: await client.getSenderIdentityUsedBy(id) };
};

/** Make a newsletter with a language, then with a test group, and read all of it; it uses a snippet. */
const makeNewsletter = async (mark, snippet) => {
  const body = `<p>{{ snippets["${snippet}"] }} <a href="https://example.com/">Shop</a></p>`;
  const { newsletter } = await client.createNewsletter({ name: mark, type: "email", subject: "News", body });
  const { id } = newsletter;
  await client.createNewsletterLanguage(id, { language: "fr", subject: "Nouvelles", body });
  await client.updateNewsletterLanguage(id, "fr", { subject: "Bonnes nouvelles" });
  const french = (await client.getNewsletterLanguage(id, "fr")).content;
  await client.createNewsletterTestGroup(id);
  const { test_groups } = await client.getNewsletterTestGroups(id);
  const group = test_groups[1].id;
  await client.updateNewsletterTestGroupLanguage(id, group, "fr", { subject: "Nouvelles B" });
  const second = (await client.getNewsletterTestGroupLanguage(id, group, "fr")).content;
  const { contents } = await client.getNewsletterContents(id);
  await client.updateNewsletterContent(id, contents[0].id, { ...contents[0], subject: "News A" });
  const first = (await client.getNewsletterContent(id, contents[0].id)).content;
  const shown = (await client.getNewsletter(id)).newsletter;
  const listed = (await client.listNewsletters({ sort: "desc", limit: 1 })).newsletters[0].id;
  const options = { period: "days", steps: 2 };
  const metrics = [
    (await client.getNewsletterMetrics(id, options)).metric.series.sent,
    (await client.getNewsletterContentMetrics(id, first.id, options)).metric.series.sent,
  ];
  const links = [
    (await client.getNewsletterMetricsLinks(id, options)).links,
    (await client.getNewsletterContentMetricsLinks(id, first.id, options)).links,
  ];
  const { messages } = await client.getNewsletterMessages(id);
  return { id, listed, shown, french, first, second, metrics, links, messages };
};

const startPeopleExport = async (mark, segmentId) => {
  const plan = (value) => ({ attribute: { field: "plan", operator: "eq", value } });
  const ben = { attribute: { field: "id", operator: "eq", value: `${mark}-ben` } };
  const filter = { and: [{ segment: { id: segmentId } }, { or: [plan("pro"), plan("free")] }, { not: ben }] };
  return (await client.createCustomersExport(filter)).export;
};

const downloadTwice = async ({ id }) => {
  await readUntil(({ status }) => status !== "pending", async () => (await client.getExport(id)).export);
  const files = [];
  for (let number = 0; number < 2; number++) {
    const { url } = await client.downloadExport(id);
    files.push({ url, text: await (await fetch(url)).text() });
  }
  return { files, shown: (await client.getExport(id)).export };
};

const readObjects = async (type) => {
  const types = (await client.listObjectTypes()).types.map(({ id }) => id);
  const condition = { object_attribute: { field: "name", operator: "eq", value: "Acme", type_id: type } };
  const found = await client.findObjects(type, condition);
  const { object } = await client.getObjectAttributes(type, found.ids[0]);
  const same = await client.getObjectAttributes(type, object.identifiers.cio_object_id, "cio_object_id");
  const related = await client.getObjectRelationships(type, found.ids[0]);
  return { types, found, object, is_same: same.object.identifiers.id === object.identifiers.id, related };
};

const isSent = ({ metrics }) => "sent" in metrics || "failed" in metrics;
const messageOf = async (id) => (await client.getMessage(id)).message;

const sendMails = async ({ ids, emails, template, sender, snippet, broadcast, sent, later, draft }) => {
  const mail = { to: emails[0], identifiers: { id: ids[0] }, from: sender, subject: "Own" };
  const own = new SendEmailRequest({ ...mail, body: `<p>{{ snippets["${snippet}"] }} {{ customer.plan }}</p>` });
  const { delivery_id } = await client.sendEmail(own);
  const push = await client.sendPush(new SendPushRequest({ identifiers: { id: ids[0] }, transactional_message_id: template }));
  const trigger = await client.triggerBroadcast(broadcast, { title: "Sale" }, { ids: [ids[0]] });
  const messages = {};
  for (const [name, id] of Object.entries({ own: delivery_id, push: push.delivery_id, template: sent })) {
    messages[name] = await readUntil(isSent, () => messageOf(id));
  }
  messages.later = await messageOf(later);
  messages.draft = await messageOf(draft);
  const listed = (await client.getMessages({ type: "email", limit: 1000 })).messages.map(({ id }) => id);
  const archived = (await client.getArchivedMessage(delivery_id)).archived_message;
  return { own: delivery_id, trigger, messages, listed, archived };
};

const exportDeliveries = async (message) => {
  const parent = { newsletter_id: undefined, transactional_message_id: message.transactional_message_id };
  const options = { ...parent, metric: "sent", start: message.created, attributes: ["plan"] };
  return downloadTwice((await client.createDeliveriesExport(1, options)).export);
};

const verifyCall = async (site, key, deliveryId) => {
  const isOf = ({ body }) => JSON.parse(body).data.delivery_id === deliveryId;
  const call = (await readUntil((calls) => calls.some(isOf), () => site.calls)).find(isOf);
  const { "x-cio-timestamp": timestamp, "x-cio-signature": signature } = call.headers;
  const verify = (body) => verifyRequestSignature({ signingSecret: key, timestamp, body, signature });
  return { key, timestamp, signature, body: call.body, is_valid: verify(call.body), is_other_valid: verify(`${call.body} `) };
};

/** Call thirty times at once: with the client's repetitions all succeed; without them some are refused. */
const hurry = async () => {
  const thirty = (caller) => Promise.all(Array.from({ length: 30 }, () => refusal(() => caller.getIpAddresses())));
  const repeated = (await thirty(client)).filter(Boolean);
  const single = app({ retry: { maxRetries: 0 } });
  const refused = await readUntil((refusals) => refusals.length, async () => (await thirty(single)).filter(Boolean));
  return { repeated, refused };
};

run(async (given) => {
  const { mark, segment_id, files, token, ids } = given;
  const calls = recordCalls();
  const site = await startSite(files);
  const snippet = `${mark}/greeting`;
  const webhook = await makeWebhook(site, token);
  const usableFrom = Date.now() + 3500;
  await client.updateSnippet({ name: snippet, value: "Good morning" });
  const snippets = (await client.getSnippets()).snippets.filter(({ name }) => name === snippet);
  const imports = await importFiles(site, [
    ["people", { identifier: "email" }],
    ["object", { object_type_id: given.object_type }],
  ]);
  Object.assign(
    imports,
    await importFiles(site, [
      ["event", { identifier: "id" }],
      ["relationship", { identifier: "id" }],
    ]),
  );
  const people = await startPeopleExport(mark, segment_id);
  const segments = await readSegments(segment_id);
  const newsletter = await makeNewsletter(mark, snippet);
  const objects = await readObjects(given.object_type);
  await new Promise((resolve) => setTimeout(resolve, usableFrom - Date.now()));
  const sends = await sendMails({ ...given, snippet });
  const exported = { people: await downloadTwice(people), deliveries: await exportDeliveries(sends.messages.template) };
  const senders = await readSenders(given.sender);
  const isChanged = ({ attributes }) => attributes.city === "Paris";
  const person = await readUntil(isChanged, async () => (await client.getAttributes(ids[0])).customer);
  const call = await verifyCall(site, webhook.key, sends.own);
  const used = await refusal(() => client.deleteSnippet(snippet));
  await client.deleteNewsletter(newsletter.id);
  await client.deleteSnippet(snippet);
  await client.deleteReportingWebhook(webhook.id);
  const hurried = await hurry();
  site.close();
  const rest = { snippets, used, person, call, hurried, calls, exported, senders };
  return { webhook, imports, segments, newsletter, objects, sends, ...rest };
});
