import { Logger } from '@nestjs/common';
import { LogRecorder } from '../../../test/support/log-recorder.js';
import { SkipLog } from './skip-log.js';

describe('SkipLog', () => {
  it('writes one line a second for each partition, with what was left out', () => {
    const recorder = LogRecorder.install();
    let now = 0;
    const log = new SkipLog(new Logger('test'), () => now);
    log.skipped('news/0', { offset: '1' }, 5);
    for (let offset = 2; offset < 10_000; offset++) log.skipped('news/0', { offset: String(offset) }, 2);
    log.skipped('news/1', { offset: '7' }, 1);
    now = 1_000;
    log.skipped('news/0', { offset: '10000' }, 1);

    expect(recorder.lines.map((line) => line.slice(line.indexOf('{'), line.indexOf('}') + 1))).toEqual([
      '{"offset":"1","count":5,"unlogged":0}',
      '{"offset":"7","count":1,"unlogged":0}',
      '{"offset":"10000","count":1,"unlogged":19996}',
    ]);
  });
});
