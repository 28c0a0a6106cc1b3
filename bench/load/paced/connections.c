#define _GNU_SOURCE
#include "connections.h"
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 80 };

struct connection {
    int socket; /* -1: it has to be opened */
    int busy;
    int64_t intended;
    const struct exchange *exchange;
    size_t sent;
    struct response response;
};

struct outcome outcome;
static struct connection connections[MOST_CONNECTIONS];
static int idle[MOST_CONNECTIONS], idle_count, epoll;

int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * (int64_t)SECOND + time.tv_nsec;
}

static void close_connection(struct connection *connection) {
    close(connection->socket);
    connection->socket = -1;
}

/* The exchange is over; *error counts one that failed. */
static void finish(struct connection *connection, long *error) {
    if (error)
        outcome.failed++, (*error)++;
    else
        outcome.answered++, histogram_add(&outcome.latencies, (now() - connection->intended) / 1000);
    if (error || connection->response.closes)
        close_connection(connection);
    connection->busy = 0;
    idle[idle_count++] = connection - connections;
}

static int open_connection(struct connection *connection) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connection->socket < 0)
        err(1, "socket");
    /* On the loopback interface it is connected at once, or refused. */
    if (connect(connection->socket, (struct sockaddr *)&address, sizeof address))
        return -1;
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u32 = connection - connections};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, connection->socket, &event);
}

static void send_rest(struct connection *connection) {
    while (connection->busy && connection->sent < connection->exchange->length) {
        const char *rest = connection->exchange->request + connection->sent;
        size_t left = connection->exchange->length - connection->sent;
        ssize_t count = send(connection->socket, rest, left, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EAGAIN)
            return;
        if (count < 0)
            finish(connection, &outcome.cut);
        else
            connection->sent += count;
    }
}

void connections_begin(int64_t intended, const struct exchange *exchange) {
    struct connection *connection = &connections[idle[--idle_count]];
    connection->intended = intended;
    connection->exchange = exchange;
    connection->sent = 0;
    connection->busy = 1;
    response_begin(&connection->response);
    if (connection->socket < 0 && open_connection(connection))
        finish(connection, &outcome.refused);
    else
        send_rest(connection);
}

static void receive(struct connection *connection) {
    static char buffer[256 * 1024];
    while (connection->socket >= 0) {
        ssize_t count = recv(connection->socket, buffer, sizeof buffer, MSG_DONTWAIT);
        if (count < 0 && errno == EAGAIN)
            return;
        if (!connection->busy) { /* the server ends a connection that it kept */
            close_connection(connection);
            return;
        }
        struct response *response = &connection->response;
        const struct expected *expected = &connection->exchange->expected;
        if (count > 0)
            response_feed(response, expected, buffer, count);
        else if (count < 0 || !response_end(response, expected)) {
            finish(connection, &outcome.cut);
            return;
        }
        if (response->state == DONE)
            finish(connection, response->wrong_status ? &outcome.wrong_status
                               : response->wrong_body ? &outcome.wrong_body
                                                      : NULL);
    }
}

void connections_prepare(int count) {
    prctl(PR_SET_TIMERSLACK, 1UL);
    epoll = epoll_create1(0);
    for (int index = 0; index < count; index++) {
        connections[index].socket = -1;
        idle[idle_count++] = index;
    }
}

int connections_idle(void) {
    return idle_count > 0;
}

void connections_wait(int64_t nanoseconds) {
    int64_t wait = nanoseconds < 0 ? 0 : nanoseconds < SECOND ? nanoseconds : SECOND - 1;
    struct timespec timeout = {0, wait};
    struct epoll_event events[64];
    int ready = epoll_pwait2(epoll, events, 64, &timeout, NULL);
    if (ready < 0 && errno != EINTR)
        err(1, "epoll_pwait2");
    for (int index = 0; index < ready; index++) {
        struct connection *connection = &connections[events[index].data.u32];
        send_rest(connection);
        receive(connection);
    }
}
