/* An open model: requests leave at a constant rate, whether or not earlier ones were answered.
 *
 *     paced PORT PATH EXPECTED-BODY REQUESTS-PER-SECOND CONNECTIONS SECONDS
 *
 * A latency counts from the moment at which the request was to leave, so a server that stalls is charged
 * for those that had to wait ("coordinated omission": https://github.com/giltene/wrk2). Every response is
 * checked. In C, because what the generator takes of two cores the servers do not get. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000000, BUFFER = 4096, DRAIN_SECONDS = 5, MOST_CONNECTIONS = 1024 };

struct connection {
    int socket;
    int64_t intended;
    size_t received;
    char buffer[BUFFER];
};

static struct connection connections[MOST_CONNECTIONS];
static int idle[MOST_CONNECTIONS], idle_count;
static char request[BUFFER];
static size_t request_length;
static const char *expected;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * (int64_t)SECOND + time.tv_nsec;
}

static void open_connection(int poll, int index, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int file = socket(AF_INET, SOCK_STREAM, 0);
    if (file < 0 || connect(file, (struct sockaddr *)&address, sizeof address))
        err(1, "connect");
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, file, &event))
        err(1, "epoll_ctl");
    connections[index].socket = file;
    idle[idle_count++] = index;
}

static void send_request(int64_t intended) {
    struct connection *connection = &connections[idle[--idle_count]];
    connection->intended = intended;
    connection->received = 0;
    if (send(connection->socket, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length)
        err(1, "send");
}

/* Whether the response is complete; a wrong one ends the program. */
static int receive(struct connection *connection) {
    char *begin = connection->buffer, *length;
    ssize_t count = recv(connection->socket, begin + connection->received, BUFFER - 1 - connection->received, 0);
    if (count <= 0)
        err(1, count ? "recv" : "the server closed a connection");
    connection->received += count;
    begin[connection->received] = 0;
    char *body = strstr(begin, "\r\n\r\n");
    if (!body)
        return 0;
    body += 4;
    if (strncmp(begin, "HTTP/1.1 200", 12) || !(length = strcasestr(begin, "\r\ncontent-length:")) || length > body)
        errx(1, "a wrong response: %s", begin);
    if (strtoul(length + 17, NULL, 10) != strlen(expected))
        errx(1, "a wrong length: %s", begin);
    if (connection->received < (size_t)(body - begin) + strlen(expected))
        return 0;
    if (strcmp(body, expected))
        errx(1, "a wrong body: %s", body);
    return 1;
}

static int compare(const void *left, const void *right) {
    int64_t difference = *(const int64_t *)left - *(const int64_t *)right;
    return (difference > 0) - (difference < 0);
}

static double milliseconds(const int64_t *sorted, int64_t count, double share) {
    return sorted[(int64_t)((count - 1) * share)] / 1e6;
}

int main(int argc, char **argv) {
    if (argc != 7)
        errx(2, "PORT PATH EXPECTED-BODY REQUESTS-PER-SECOND CONNECTIONS SECONDS");
    int port = atoi(argv[1]), count = atoi(argv[5]);
    double rate = atof(argv[4]), seconds = atof(argv[6]);
    int64_t total = (int64_t)(rate * seconds), *latencies = calloc(total > 0 ? total : 1, sizeof *latencies);
    if (total < 1 || count < 1 || count > MOST_CONNECTIONS || !latencies)
        errx(2, "a number is out of range");
    expected = argv[3];
    request_length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", argv[2], port);
    prctl(PR_SET_TIMERSLACK, 1UL);
    int poll = epoll_create1(0);
    for (int index = 0; index < count; index++)
        open_connection(poll, index, port);

    int64_t sent = 0, answered = 0, late = 0, began = now(), interval = (int64_t)(SECOND / rate);
    int could_send = 1;
    int64_t deadline = began + total * interval + DRAIN_SECONDS * (int64_t)SECOND;
    while (answered < total) {
        int64_t time = now(), next = began + sent * interval;
        if (could_send && sent < total && time - next > late)
            late = time - next;
        if (time > deadline)
            errx(1, "%ld of %ld requests were not answered in time", (long)(total - answered), (long)total);
        while (sent < total && next <= time && idle_count) {
            send_request(next);
            next = began + ++sent * interval;
        }
        /* Without an idle connection the next request waits for a response, and its latency counts. */
        int64_t wait = sent < total && idle_count ? next - now() : SECOND / 10;
        could_send = idle_count > 0;
        struct timespec timeout = {0, wait < 0 ? 0 : wait < SECOND ? wait : SECOND - 1};
        struct epoll_event events[64];
        int ready = epoll_pwait2(poll, events, 64, &timeout, NULL);
        if (ready < 0 && errno != EINTR)
            err(1, "epoll_pwait2");
        for (int index = 0; index < ready; index++) {
            struct connection *connection = &connections[events[index].data.u32];
            if (receive(connection)) {
                latencies[answered++] = now() - connection->intended;
                idle[idle_count++] = events[index].data.u32;
            }
        }
    }
    double elapsed = (now() - began) / (double)SECOND;
    qsort(latencies, total, sizeof *latencies, compare);
    printf("{\"requests\": %ld, \"seconds\": %.6f, \"p50\": %.6f, \"p90\": %.6f, \"p99\": %.6f, \"max\": %.6f, "
           "\"late\": %.6f}\n",
           (long)total, elapsed, milliseconds(latencies, total, 0.5), milliseconds(latencies, total, 0.9),
           milliseconds(latencies, total, 0.99), milliseconds(latencies, total, 1), late / 1e6);
    return 0;
}
