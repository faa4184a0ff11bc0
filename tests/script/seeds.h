/* Scripts as input for the fuzzer, whose format is in ../fuzz/session.h. */
#ifndef SQUAB_TESTS_SEEDS_H
#define SQUAB_TESTS_SEEDS_H

#include "script.h"

/* Writes folder/NAME; false: it cannot, and stderr says why. */
bool seeds_write(const script *s, const char *folder);

#endif
