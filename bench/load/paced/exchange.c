#include "exchange.h"
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

/* The file's bytes with a zero after them, or NULL if there is no such file. */
static char *read_file(const char *folder, int number, const char *suffix, size_t *length) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%d.%s", folder, number, suffix);
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *bytes = size < 0 ? NULL : malloc(size + 1);
    if (!bytes || fread(bytes, 1, size, file) != (size_t)size)
        err(2, "%s", path);
    fclose(file);
    bytes[size] = 0;
    *length = size;
    return bytes;
}

int read_exchanges(const char *folder, struct exchange *exchanges) {
    int count = 0;
    size_t ignored;
    while (count < MOST_EXCHANGES) {
        struct exchange *each = &exchanges[count];
        each->request = read_file(folder, count + 1, "request", &each->length);
        if (!each->request)
            break;
        char *status = read_file(folder, count + 1, "status", &ignored);
        if (!status)
            errx(2, "%s: %d.status is missing", folder, count + 1);
        each->expected.status = atoi(status);
        each->expected.body = read_file(folder, count + 1, "body", &each->expected.length);
        each->expected.location = read_file(folder, count + 1, "location", &ignored);
        count++;
    }
    if (!count)
        errx(2, "%s: 1.request is missing", folder);
    return count;
}
