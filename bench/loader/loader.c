/*
 * Load generator: one process, one epoll loop, thousands of WebSocket clients.
 *
 * It is told what to do in JSON lines on standard input and answers in JSON lines on standard output; loader.mjs beside
 * this file is the other end. A delivery is a marker `@T<nanoseconds of CLOCK_MONOTONIC>@` anywhere in the bytes that a
 * connection receives: the protocol around it is never decoded, so every rival is counted by the same few instructions.
 *
 * Text and byte strings in commands are base64, so that lines need no escapes. Errors in commands end the process: the
 * only sender is our own runner.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_STEPS 16
#define READ_SIZE (256 * 1024)
#define LINE_SIZE (1024 * 1024)
#define FRAME_SIZE (64 * 1024)
#define MARKER_ROOM 24
#define BUCKETS 4096
#define STDIN_TAG UINT64_MAX

/* ---------------------------------------------------------------------------------------------- small things */

static uint64_t clock_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }
static uint64_t cpu_ns(void) { return clock_ns(CLOCK_PROCESS_CPUTIME_ID); }

static void die(const char *what) {
  fprintf(stderr, "loader: %s (%s)\n", what, strerror(errno));
  exit(1);
}

struct bytes {
  char *data;
  size_t length;
};

/* A string that is looked for in a stream, however the stream is cut into reads (Knuth, Morris and Pratt). */
struct needle {
  struct bytes text;
  uint16_t *fallback;
};

static struct needle needle_of(struct bytes text) {
  struct needle needle = {text, calloc(text.length + 1, sizeof(uint16_t))};
  for (size_t i = 1, matched = 0; i < text.length; i++) {
    while (matched > 0 && text.data[i] != text.data[matched]) matched = needle.fallback[matched - 1];
    if (text.data[i] == text.data[matched]) matched++;
    needle.fallback[i] = (uint16_t)matched;
  }
  return needle;
}

/* Goes over the bytes from `*at` until the needle has ended or they have; `*matched` is what the stream holds of it. */
static bool needle_seek(const struct needle *needle, uint16_t *matched, const char *data, size_t length, size_t *at) {
  while (*at < length) {
    if (*matched == 0) { /* the usual case, at the speed of memchr */
      const char *first = memchr(data + *at, needle->text.data[0], length - *at);
      if (first == NULL) {
        *at = length;
        return false;
      }
      *at = (size_t)(first - data);
    }
    char c = data[(*at)++];
    while (*matched > 0 && c != needle->text.data[*matched]) *matched = needle->fallback[*matched - 1];
    if (c == needle->text.data[*matched]) (*matched)++;
    if (*matched == needle->text.length) {
      *matched = 0;
      return true;
    }
  }
  return false;
}

/* ------------------------------------------------------------------------------------------------- histogram */

/* 64 buckets for each doubling: a value is known to 1.6 %. */
static uint64_t histogram[BUCKETS];

static unsigned bucket_of(uint64_t ns) {
  if (ns < 64) return (unsigned)ns;
  unsigned shift = 57 - (unsigned)__builtin_clzll(ns);
  unsigned bucket = (shift + 1) * 64 + (unsigned)((ns >> shift) & 63);
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static uint64_t bucket_value(unsigned bucket) {
  if (bucket < 64) return bucket;
  unsigned shift = bucket / 64 - 1;
  return ((uint64_t)(64 + bucket % 64) << shift) + ((1ull << shift) >> 1);
}

static double percentile_us(double share) {
  uint64_t total = 0, seen = 0;
  for (unsigned i = 0; i < BUCKETS; i++) total += histogram[i];
  if (total == 0) return 0;
  uint64_t rank = (uint64_t)(share * (double)(total - 1)) + 1;
  for (unsigned i = 0; i < BUCKETS; i++)
    if ((seen += histogram[i]) >= rank) return (double)bucket_value(i) / 1000;
  return 0;
}

/* ----------------------------------------------------------------------------------------------- connections */

/* Sent after the handshake, one after the other; each waits for its answer to be seen `times` times, 0: not at all. */
struct step {
  uint8_t opcode;
  struct bytes send;
  struct needle expect;
  int times;
};

enum phase { CONNECTING, UPGRADING, SCRIPTED, READY, GONE };

struct connection {
  int fd;
  uint32_t number;
  uint8_t phase;
  uint8_t step;
  uint8_t carried; /* bytes of a marker that was cut in two */
  bool counts;     /* whether its deliveries are measured */
  bool wants_out;
  bool owns_out; /* whether `out` is its own, or the flood that all share */
  uint16_t matched;
  int answers;
  uint32_t in_flight;
  char carry[MARKER_ROOM];
  char *out;
  size_t out_length, out_sent;
};

static int epoll;
static struct connection *connections;
static uint32_t connection_count, connection_room;
static char input[READ_SIZE + MARKER_ROOM];

static struct {
  struct step steps[MAX_STEPS];
  int count;
} script;

static struct {
  uint16_t port;
  struct bytes path, headers;
  uint32_t first, target, concurrency;
  uint32_t started, finished, failed;
  int receive_buffer, segment;
} ramp;

/* What is measured, since the last `measure`. */
static struct {
  uint64_t began, began_cpu;
  uint64_t first, first_cpu, last, last_cpu;
  uint64_t deliveries, bytes, closed;
} tally;

enum job { IDLE, CONNECT, AWAIT, FLOOD, PROBE };

static struct {
  enum job kind;
  uint64_t began, began_cpu, deadline;
  uint64_t goal;             /* deliveries, replies or round trips */
  uint32_t first, count;     /* connections it is about */
  uint32_t window;           /* commands of one connection in flight */
  struct bytes frames, single;
  struct needle expect;
  uint64_t replies;
  uint64_t pause, sent_at;
} job;

static const struct needle HEAD_END = {{"\r\n\r\n", 4}, (uint16_t[]){0, 0, 1, 2}};

static void watch(struct connection *c, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.u64 = c->number};
  if (epoll_ctl(epoll, operation, c->fd, &event) != 0 && errno != ENOENT) die("epoll_ctl");
}

static void drop_out(struct connection *c) {
  if (c->owns_out) free(c->out);
  c->out = NULL;
  c->out_length = c->out_sent = 0;
  c->owns_out = false;
}

static void hang_up(struct connection *c) {
  if (c->phase == GONE) return;
  if (c->phase != READY) {
    ramp.failed++;
    ramp.finished++;
  } else {
    tally.closed++;
  }
  c->phase = GONE;
  close(c->fd);
  drop_out(c);
}

static void flush_out(struct connection *c) {
  while (c->out_sent < c->out_length) {
    ssize_t sent = send(c->fd, c->out + c->out_sent, c->out_length - c->out_sent, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno != EAGAIN) return hang_up(c);
      if (!c->wants_out) watch(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
      c->wants_out = true;
      return;
    }
    c->out_sent += (size_t)sent;
  }
  drop_out(c);
  if (c->wants_out) watch(c, EPOLLIN, EPOLL_CTL_MOD);
  c->wants_out = false;
}

static void send_own(struct connection *c, const char *data, size_t length) {
  c->out = realloc(c->owns_out ? c->out : NULL, c->out_length + length);
  memcpy(c->out + c->out_length, data, length);
  c->out_length += length;
  c->owns_out = true;
  flush_out(c);
}

/* Spreads numbers so that neighbours have nothing in common. */
static uint32_t scatter(uint32_t number, uint32_t seed) {
  uint32_t x = number * 2654435761u + seed * 40503u;
  x ^= x >> 16;
  x *= 2246822507u;
  x ^= x >> 13;
  x *= 3266489909u;
  return x ^ (x >> 16);
}

/* `{{n}}` becomes the number of the connection, `{{n,seed,modulus}}` a scattered number below the modulus. */
static size_t expand(struct bytes template, uint32_t number, char *out, size_t room) {
  size_t length = 0;
  for (size_t i = 0; i < template.length; i++) {
    if (length + 16 > room) die("a frame is too long");
    unsigned seed = 0, modulus = 0;
    int taken = 0;
    const char *at = template.data + i;
    if (template.length - i >= 5 && memcmp(at, "{{n}}", 5) == 0) {
      length += (size_t)sprintf(out + length, "%u", number);
      i += 4;
    } else if (template.length - i >= 9 && memcmp(at, "{{n,", 4) == 0 &&
               sscanf(at, "{{n,%u,%u}}%n", &seed, &modulus, &taken) == 2 && taken > 0) {
      length += (size_t)sprintf(out + length, "%u", scatter(number, seed) % modulus);
      i += (size_t)taken - 1;
    } else {
      out[length++] = *at;
    }
  }
  return length;
}

/* Clients mask what they send (RFC 6455, 5.3); which mask does not matter here. */
static size_t frame(uint8_t opcode, const char *payload, size_t length, char *out) {
  static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
  size_t at = 0;
  out[at++] = (char)(0x80 | opcode);
  if (length < 126) {
    out[at++] = (char)(0x80 | length);
  } else {
    out[at++] = (char)(0x80 | 126);
    out[at++] = (char)(length >> 8);
    out[at++] = (char)(length & 0xff);
  }
  memcpy(out + at, mask, 4);
  at += 4;
  for (size_t i = 0; i < length; i++) out[at++] = (char)(payload[i] ^ mask[i & 3]);
  return at;
}

/* Sends the steps of the script up to the next one that waits for an answer. */
static void advance(struct connection *c) {
  static char payload[FRAME_SIZE], framed[FRAME_SIZE + 16];
  while (c->phase == SCRIPTED) {
    if (c->step == script.count) {
      c->phase = READY;
      ramp.finished++;
      return;
    }
    const struct step *step = &script.steps[c->step];
    if (step->send.length > 0) {
      size_t length = expand(step->send, c->number, payload, FRAME_SIZE);
      send_own(c, framed, frame(step->opcode, payload, length, framed));
    }
    c->answers = 0;
    c->matched = 0;
    if (step->times > 0) return;
    c->step++;
  }
}

/* -------------------------------------------------------------------------------------------------- receiving */

static void count_delivery(struct connection *c, uint64_t sent_at, uint64_t at) {
  if (!c->counts) return;
  if (tally.deliveries++ == 0) {
    tally.first = at;
    tally.first_cpu = cpu_ns();
  }
  tally.last = at;
  histogram[bucket_of(at > sent_at ? at - sent_at : 0)]++;
}

/* Counts the markers in what came, and keeps the beginning of one that is cut off for the next read. */
static void scan(struct connection *c, const char *data, size_t length, uint64_t at) {
  const char *end = data + length;
  const char *from = data;
  while ((from = memchr(from, '@', (size_t)(end - from))) != NULL) {
    uint64_t value = 0;
    const char *p = from + 1;
    if (p < end && *p == 'T') {
      for (p++; p < end && *p >= '0' && *p <= '9'; p++) value = value * 10 + (uint64_t)(*p - '0');
    }
    if (p == end && end - from < MARKER_ROOM) {
      c->carried = (uint8_t)(end - from);
      memcpy(c->carry, from, c->carried);
      return;
    }
    bool whole = value > 0 && *p == '@';
    if (whole) count_delivery(c, value, at);
    from = whole ? p + 1 : from + 1;
  }
}

static void take_answers(struct connection *c, const char *data, size_t length) {
  const struct step *step = &script.steps[c->step];
  size_t at = 0;
  while (c->phase == SCRIPTED && at < length) {
    if (!needle_seek(&step->expect, &c->matched, data, length, &at)) return;
    if (++c->answers < step->times) continue;
    c->step++;
    advance(c);
    step = &script.steps[c->step];
  }
}

static void flood(struct connection *c);

static void take_replies(struct connection *c, const char *data, size_t length, uint64_t at) {
  size_t position = 0;
  while (needle_seek(&job.expect, &c->matched, data, length, &position)) {
    job.replies++;
    if (c->in_flight > 0) c->in_flight--;
    if (job.kind != PROBE || job.sent_at == 0) continue;
    histogram[bucket_of(at - job.sent_at)]++;
    job.sent_at = 0;
  }
  if (job.kind == FLOOD) flood(c);
}

static void take_head(struct connection *c, const char *data, size_t length, uint64_t at);

static void take(struct connection *c, const char *data, size_t length, uint64_t at) {
  if (c->phase == UPGRADING) return take_head(c, data, length, at);
  if (c->phase == SCRIPTED) return take_answers(c, data, length);
  if (job.kind == FLOOD || job.kind == PROBE) return take_replies(c, data, length, at);
  scan(c, data, length, at);
}

static void take_head(struct connection *c, const char *data, size_t length, uint64_t at) {
  static const char expected[] = "HTTP/1.1 101";
  for (size_t i = 0; i < length && c->answers < (int)sizeof expected - 1; i++) {
    if (data[i] != expected[c->answers++]) return hang_up(c);
  }
  size_t end = 0;
  if (!needle_seek(&HEAD_END, &c->matched, data, length, &end)) return;
  c->phase = SCRIPTED;
  c->matched = 0;
  advance(c);
  if (end < length) take(c, data + end, length - end, at);
}

static void receive(struct connection *c) {
  while (c->phase != GONE) {
    size_t kept = c->carried;
    memcpy(input, c->carry, kept);
    c->carried = 0;
    ssize_t got = recv(c->fd, input + kept, READ_SIZE, 0);
    if (got <= 0) {
      c->carried = (uint8_t)kept;
      if (got == 0 || errno != EAGAIN) hang_up(c);
      return;
    }
    tally.bytes += (uint64_t)got;
    take(c, input, kept + (size_t)got, now_ns());
    if (got < READ_SIZE) return;
  }
}

/* ------------------------------------------------------------------------------------------------ connecting */

static void start_connection(void) {
  uint32_t number = ramp.first + ramp.started++;
  struct connection *c = &connections[number];
  *c = (struct connection){.number = number, .phase = CONNECTING, .counts = true};
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) die("socket");
  int yes = 1;
  struct linger reset = {.l_onoff = 1, .l_linger = 0}; /* leaves no port behind that waits for a minute */
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  if (ramp.receive_buffer > 0)
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &ramp.receive_buffer, sizeof ramp.receive_buffer);
  if (ramp.segment > 0) setsockopt(c->fd, IPPROTO_TCP, TCP_MAXSEG, &ramp.segment, sizeof ramp.segment);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(ramp.port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  watch(c, EPOLLOUT, EPOLL_CTL_ADD);
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) hang_up(c);
}

static void upgrade(struct connection *c) {
  static char path[FRAME_SIZE], request[FRAME_SIZE];
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return hang_up(c);
  c->phase = UPGRADING;
  watch(c, EPOLLIN, EPOLL_CTL_MOD);
  size_t path_length = expand(ramp.path, c->number, path, FRAME_SIZE);
  int size = snprintf(request, FRAME_SIZE,
                      "GET %.*s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%.*s\r\n",
                      (int)path_length, path, ramp.port, (int)ramp.headers.length, ramp.headers.data);
  send_own(c, request, (size_t)size);
}

static void ramp_on(void) {
  while (ramp.started < ramp.target && ramp.started - ramp.finished < ramp.concurrency) start_connection();
}

/* ---------------------------------------------------------------------------------------- floods and probes */

/* Keeps a connection's window full: half a window goes out whenever that much of it has been answered. */
static void flood(struct connection *c) {
  while (c->phase == READY && c->out == NULL && c->in_flight + job.window / 2 <= job.window) {
    c->out = job.frames.data;
    c->out_length = job.frames.length;
    c->in_flight += job.window / 2;
    flush_out(c);
  }
}

static void start_flood(void) {
  size_t half = job.window / 2;
  job.frames.data = malloc(half * job.single.length); /* the last flood may still be on its way out of the old one */
  job.frames.length = half * job.single.length;
  for (size_t i = 0; i < half; i++) memcpy(job.frames.data + i * job.single.length, job.single.data, job.single.length);
  for (uint32_t i = 0; i < job.count; i++) {
    struct connection *c = &connections[job.first + i];
    c->matched = 0;
    c->in_flight = 0;
    flood(c);
  }
}

static void probe(uint64_t at) {
  if (job.sent_at != 0 || at < job.began + job.replies * job.pause || job.replies >= job.goal) return;
  job.sent_at = at;
  send_own(&connections[job.first], job.single.data, job.single.length);
}

/* ---------------------------------------------------------------------------------------------------- answers */

static void say_done(const char *event, uint64_t at) {
  printf("{\"event\":\"%s\",\"nanoseconds\":%llu,\"cpu\":%llu,\"deliveries\":%llu,\"replies\":%llu,"
         "\"connected\":%u,\"failed\":%u}\n",
         event, (unsigned long long)(at - job.began), (unsigned long long)(cpu_ns() - job.began_cpu),
         (unsigned long long)tally.deliveries, (unsigned long long)job.replies, ramp.finished - ramp.failed,
         ramp.failed);
  fflush(stdout);
  job.kind = IDLE;
}

static void say_report(void) {
  uint64_t at = now_ns(), cpu = cpu_ns();
  printf("{\"event\":\"report\",\"deliveries\":%llu,\"bytes\":%llu,\"closed\":%llu,\"first\":%llu,\"last\":%llu,"
         "\"busyCpu\":%llu,\"cpu\":%llu,\"wall\":%llu,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,"
         "\"max\":%.1f}\n",
         (unsigned long long)tally.deliveries, (unsigned long long)tally.bytes, (unsigned long long)tally.closed,
         (unsigned long long)tally.first, (unsigned long long)tally.last,
         (unsigned long long)(tally.last_cpu - tally.first_cpu), (unsigned long long)(cpu - tally.began_cpu),
         (unsigned long long)(at - tally.began), percentile_us(0.5), percentile_us(0.9), percentile_us(0.99),
         percentile_us(0.999), percentile_us(1));
  fflush(stdout);
}

static void measure(void) {
  memset(histogram, 0, sizeof histogram);
  memset(&tally, 0, sizeof tally);
  tally.began = now_ns();
  tally.began_cpu = cpu_ns();
}

static void check_job(void) {
  if (job.kind == IDLE) return;
  uint64_t at = now_ns();
  bool late = at >= job.deadline;
  if (job.kind == CONNECT) {
    ramp_on();
    if (ramp.finished == ramp.target || late) say_done("connected", at);
  } else if (job.kind == AWAIT) {
    if (tally.deliveries >= job.goal || late) say_done("awaited", at);
  } else if (job.kind == FLOOD) {
    if (late) say_done("flooded", at);
  } else {
    probe(at);
    if (job.replies >= job.goal || late) say_done("probed", at);
  }
}

/* --------------------------------------------------------------------------------------------------- commands */

/* The value of a key in a flat JSON object without escapes: what our own runner sends, and nothing else. */
static const char *field(const char *line, const char *key) {
  char pattern[64];
  snprintf(pattern, sizeof pattern, "\"%s\":", key);
  const char *at = strstr(line, pattern);
  return at == NULL ? NULL : at + strlen(pattern);
}

static uint64_t number_field(const char *line, const char *key, uint64_t otherwise) {
  const char *at = field(line, key);
  return at == NULL ? otherwise : strtoull(at, NULL, 10);
}

static struct bytes bytes_field(const char *line, const char *key) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const char *at = field(line, key);
  struct bytes bytes = {calloc(1, 1), 0};
  if (at == NULL || *at++ != '"') return bytes;
  bytes.data = realloc(bytes.data, strcspn(at, "\"") + 1);
  uint32_t bits = 0;
  int held = 0;
  for (; *at != '"' && *at != '=' && *at != 0; at++) {
    bits = bits << 6 | (uint32_t)(strchr(digits, *at) - digits);
    if ((held += 6) < 8) continue;
    held -= 8;
    bytes.data[bytes.length++] = (char)(bits >> held & 0xff);
  }
  return bytes;
}

static void begin(enum job kind, const char *line) {
  job.kind = kind;
  job.began = now_ns();
  job.began_cpu = cpu_ns();
  job.deadline = job.began + number_field(line, "milliseconds", 60000) * 1000000u;
  job.replies = 0;
  job.sent_at = 0;
}

static void command_step(const char *line) {
  if (script.count == MAX_STEPS) die("too many steps");
  script.steps[script.count++] = (struct step){
      .opcode = (uint8_t)number_field(line, "opcode", 1),
      .send = bytes_field(line, "send"),
      .expect = needle_of(bytes_field(line, "expect")),
      .times = (int)number_field(line, "times", 0),
  };
}

static void command_connect(const char *line) {
  uint32_t count = (uint32_t)number_field(line, "count", 1);
  connection_room = connection_count + count;
  connections = realloc(connections, connection_room * sizeof *connections);
  ramp.port = (uint16_t)number_field(line, "port", 0);
  ramp.path = bytes_field(line, "path");
  ramp.headers = bytes_field(line, "headers");
  ramp.concurrency = (uint32_t)number_field(line, "concurrency", 128);
  ramp.receive_buffer = (int)number_field(line, "receiveBuffer", 0);
  ramp.segment = (int)number_field(line, "segment", 0);
  ramp.first = connection_count;
  ramp.target = count;
  ramp.started = ramp.finished = ramp.failed = 0;
  connection_count += count;
  begin(CONNECT, line);
}

static void command_flood(const char *line, enum job kind) {
  static char framed[FRAME_SIZE + 16];
  struct bytes payload = bytes_field(line, "send");
  job.first = (uint32_t)number_field(line, "first", 0);
  job.count = (uint32_t)number_field(line, "count", 1);
  job.window = (uint32_t)number_field(line, "window", 2);
  job.goal = number_field(line, "goal", UINT64_MAX);
  job.pause = number_field(line, "pause", 0) * 1000u;
  job.expect = needle_of(bytes_field(line, "expect"));
  job.single.length = frame((uint8_t)number_field(line, "opcode", 1), payload.data, payload.length, framed);
  job.single.data = memcpy(malloc(job.single.length), framed, job.single.length);
  measure();
  begin(kind, line);
  if (kind == FLOOD) start_flood();
}

/* Stops reading: what is sent to these from now on waits in the kernel, and then at the server. */
static void command_stall(const char *line) {
  uint32_t first = (uint32_t)number_field(line, "first", 0), count = (uint32_t)number_field(line, "count", 0);
  for (uint32_t i = first; i < first + count; i++) {
    connections[i].counts = false;
    if (connections[i].phase == READY) watch(&connections[i], 0, EPOLL_CTL_DEL);
  }
}

static void obey(const char *line) {
  const char *verb = field(line, "do");
  if (verb == NULL) die("a line without a verb");
  if (strncmp(verb, "\"step\"", 6) == 0) return command_step(line);
  if (strncmp(verb, "\"forget\"", 8) == 0) script.count = 0;
  else if (strncmp(verb, "\"connect\"", 9) == 0) command_connect(line);
  else if (strncmp(verb, "\"measure\"", 9) == 0) measure();
  else if (strncmp(verb, "\"report\"", 8) == 0) say_report();
  else if (strncmp(verb, "\"stall\"", 7) == 0) command_stall(line);
  else if (strncmp(verb, "\"flood\"", 7) == 0) command_flood(line, FLOOD);
  else if (strncmp(verb, "\"probe\"", 7) == 0) command_flood(line, PROBE);
  else if (strncmp(verb, "\"await\"", 7) == 0) {
    job.goal = number_field(line, "deliveries", UINT64_MAX);
    begin(AWAIT, line);
  } else die("an unknown verb");
}

static void read_commands(void) {
  static char lines[LINE_SIZE];
  static size_t held;
  ssize_t got = read(STDIN_FILENO, lines + held, LINE_SIZE - 1 - held);
  if (got <= 0) exit(0); /* the runner is gone, and so are we */
  held += (size_t)got;
  lines[held] = 0;
  char *line = lines, *end;
  while ((end = memchr(line, '\n', held - (size_t)(line - lines))) != NULL) {
    *end = 0;
    obey(line);
    line = end + 1;
  }
  held -= (size_t)(line - lines);
  memmove(lines, line, held);
}

int main(void) {
  static struct epoll_event events[1024];
  epoll = epoll_create1(0);
  struct epoll_event commands = {.events = EPOLLIN, .data.u64 = STDIN_TAG};
  if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &commands) != 0) die("epoll");
  measure();
  for (;;) {
    uint64_t before = tally.deliveries;
    int ready = epoll_wait(epoll, events, 1024, job.kind == IDLE ? -1 : job.kind == PROBE ? 1 : 10);
    bool told = false;
    for (int i = 0; i < ready; i++) {
      if (events[i].data.u64 == STDIN_TAG) {
        told = true; /* after the connections: a command may move their array */
        continue;
      }
      struct connection *c = &connections[events[i].data.u64];
      if (c->phase == GONE) continue;
      if (c->phase == CONNECTING) {
        upgrade(c);
        continue;
      }
      if (events[i].events & EPOLLOUT) flush_out(c);
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(c);
    }
    if (tally.deliveries != before) tally.last_cpu = cpu_ns();
    if (told) read_commands();
    check_job();
  }
}
