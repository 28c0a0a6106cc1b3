#include "histogram.h"
#include <stdio.h>

/* Below 2 × SUB_BUCKETS each value has its own bucket; above, each power of two has SUB_BUCKETS of them. */
static int bucket(int64_t value) {
    int shift = 0;
    if (value < 0)
        value = 0;
    while (value >> shift >= 2 * SUB_BUCKETS)
        shift++;
    int index = shift * SUB_BUCKETS + (int)(value >> shift);
    return index < BUCKETS ? index : BUCKETS - 1;
}

static int64_t highest(int index) {
    int shift = index < 2 * SUB_BUCKETS ? 0 : index / SUB_BUCKETS - 1;
    int64_t sub = index - shift * SUB_BUCKETS;
    return ((sub + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, int64_t microseconds) {
    histogram->counts[bucket(microseconds)]++;
}

void histogram_print(const struct histogram *histogram) {
    const char *comma = "";
    putchar('[');
    for (int index = 0; index < BUCKETS; index++)
        if (histogram->counts[index]) {
            printf("%s[%ld, %ld]", comma, (long)highest(index), (long)histogram->counts[index]);
            comma = ", ";
        }
    putchar(']');
}
