#define _GNU_SOURCE
#include "response.h"
#include <stdlib.h>
#include <string.h>

void response_begin(struct response *response) {
    response->state = HEAD;
    response->head_length = response->line_length = response->received = response->left = 0;
    response->wrong_status = response->wrong_body = response->closes = 0;
}

static const char *header(const struct response *response, const char *name) {
    const char *found = strcasestr(response->head, name);
    if (!found)
        return NULL;
    found += strlen(name);
    return found + strspn(found, " \t");
}

static void finish(struct response *response, const struct expected *expected) {
    response->state = DONE;
    if (expected->body && response->received != expected->length)
        response->wrong_body = 1;
}

static void begin_body(struct response *response, const struct expected *expected) {
    const char *value;
    response->head[response->head_length] = 0;
    if (strncmp(response->head, "HTTP/1.1 ", 9) || atoi(response->head + 9) != expected->status)
        response->wrong_status = 1;
    if ((value = header(response, "\r\nconnection:")) && !strncasecmp(value, "close", 5))
        response->closes = 1;
    if (expected->location) {
        value = header(response, "\r\nlocation:");
        if (!value || strncmp(value, expected->location, strlen(expected->location)))
            response->wrong_body = 1;
    }
    if ((value = header(response, "\r\ntransfer-encoding:")) && !strncasecmp(value, "chunked", 7)) {
        response->state = CHUNK_SIZE;
    } else if ((value = header(response, "\r\ncontent-length:"))) {
        response->left = strtoul(value, NULL, 10);
        response->state = BODY;
        if (!response->left)
            finish(response, expected);
    } else {
        response->state = UNTIL_CLOSE;
        response->closes = 1;
    }
}

static void take_body(struct response *response, const struct expected *expected, const char *bytes, size_t count) {
    size_t before = response->received;
    response->received += count;
    if (!expected->body)
        return;
    if (response->received > expected->length || memcmp(expected->body + before, bytes, count))
        response->wrong_body = 1;
}

/* Whether the byte ends a line, which then stands in response->line. */
static int ends_line(struct response *response, char byte) {
    if (byte != '\n') {
        if (response->line_length < sizeof response->line - 1)
            response->line[response->line_length++] = byte;
        return 0;
    }
    response->line[response->line_length] = 0;
    response->line_length = 0;
    return 1;
}

static void take_line(struct response *response, const struct expected *expected) {
    if (response->state == CHUNK_SIZE) {
        response->left = strtoul(response->line, NULL, 16);
        response->state = response->left ? CHUNK : TRAILER;
    } else if (response->state == CHUNK_END) {
        response->state = CHUNK_SIZE;
    } else if (!strcmp(response->line, "\r")) {
        finish(response, expected);
    }
}

static void take_head(struct response *response, const struct expected *expected, char byte) {
    response->head[response->head_length++] = byte;
    int ended = response->head_length >= 4 && !memcmp(response->head + response->head_length - 4, "\r\n\r\n", 4);
    if (ended || response->head_length == sizeof response->head - 1)
        begin_body(response, expected);
}

void response_feed(struct response *response, const struct expected *expected, const char *bytes, size_t count) {
    while (count && response->state != DONE) {
        size_t taken = 1;
        switch (response->state) {
        case HEAD:
            take_head(response, expected, *bytes);
            break;
        case BODY:
        case CHUNK:
            taken = count < response->left ? count : response->left;
            take_body(response, expected, bytes, taken);
            if (!(response->left -= taken) && response->state == BODY)
                finish(response, expected);
            else if (!response->left)
                response->state = CHUNK_END;
            break;
        case UNTIL_CLOSE:
            taken = count;
            take_body(response, expected, bytes, taken);
            break;
        default:
            if (ends_line(response, *bytes))
                take_line(response, expected);
        }
        bytes += taken;
        count -= taken;
    }
    if (count) /* more than was announced */
        response->wrong_body = response->closes = 1;
}

int response_end(struct response *response, const struct expected *expected) {
    if (response->state != UNTIL_CLOSE)
        return 0;
    finish(response, expected);
    return 1;
}
