import { readFeedMessage } from './feed-message.js';

function read(text: string) {
  return readFeedMessage(Buffer.from(text));
}

describe('a message of the feed', () => {
  it('gives the data of an update as it was written', () => {
    const data = '{ "price": 1.10, "id": 12345678901234567890 }';
    const text = `{"type":"update_subscription","document":{"subscriptions":["q"],"data": ${data} }}`;
    expect(read(text)).toEqual({ ok: true, message: { kind: 'update', ids: new Set(['q']), payload: data } });
  });

  it('gives null for an update without data', () => {
    const text = '{"type":"update_subscription","document":{"subscriptions":["q"]}}';
    expect(read(text)).toMatchObject({ message: { payload: 'null' } });
  });

  it('gives the document of a notification as it was written', () => {
    const document = '{"owner": 7, "amount": 0.30}';
    const text = `{"document":${document},"type":"create_notification"}`;
    expect(read(text)).toEqual({ ok: true, message: { kind: 'notification', userId: '7', payload: document } });
  });

  it('asks for a reload without data', () => {
    const document = '{"subscriptions":["q"],"options":{"reload":true},"data":1}';
    expect(read(`{"type":"update_subscription","document":${document}}`)).toEqual({
      ok: true,
      message: { kind: 'reload', ids: new Set(['q']) },
    });
  });

  it.each([
    ['[]', 'an object'],
    ['{"type":"update_subscription"}', 'document'],
    ['{"type":"update_subscription","document":[]}', 'document'],
    ['{"type":"other","document":{}}', 'type'],
    ['{"type":"update_subscription","document":{"subscriptions":[1]}}', 'document.subscriptions'],
    [
      '{"type":"update_subscription","document":{"subscriptions":[],"options":{"reload":1}}}',
      'document.options.reload',
    ],
    ['{"type":"create_notification","document":{}}', 'document.owner'],
    ['{"type":"create_notification","document":{"owner":""}}', 'document.owner'],
  ])('says what is wrong with %s', (text, field) => {
    const answer = read(text);
    expect(answer).toMatchObject({ ok: false });
    expect(!answer.ok && answer.reason).toContain(field);
  });
});
