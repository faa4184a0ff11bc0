/*
 * The few types that every part of squab shares.
 *
 * Rules that hold for all headers and are not repeated there:
 *
 * - A pointer argument must not be NULL unless its comment says it may be.
 * - A struct that is passed in may be initialised to zero; zero in a field
 *   means the documented default. Structs with a `size` field want it set to
 *   their sizeof, so that they can grow without breaking programs.
 * - Functions that return int return SQB_OK (0) or a negative sqb_code.
 * - Functions that return a pointer return NULL only when memory is short,
 *   unless their comment says otherwise.
 * - Nothing is global. Two objects may be used by two threads; one object is
 *   used by one thread at a time.
 */
#ifndef SQUAB_BASE_H
#define SQUAB_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define SQB_API
#else
#define SQB_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A slice: len bytes at ptr. Not terminated, may hold any byte. ptr may be
 * NULL when len is 0. Who owns the bytes is said where a slice is handed out.
 */
typedef struct sqb_str {
	const char *ptr;
	size_t len;
} sqb_str;

/* A slice of a string literal, and of a NUL-terminated string (or NULL). */
#define SQB_STR(literal) { (literal), sizeof(literal) - 1 }
SQB_API sqb_str sqb_str_of(const char *s);

/* Equal bytes; and equal when ASCII letters are folded. */
SQB_API bool sqb_str_eq(sqb_str a, sqb_str b);
SQB_API bool sqb_str_eq_nocase(sqb_str a, sqb_str b);

/*
 * Milliseconds: a duration, or a point on a clock that only goes forward and
 * whose zero does not matter. Protocol code never reads a clock; it is told.
 */
typedef int64_t sqb_time;
#define SQB_NEVER INT64_MAX

/*
 * Where memory comes from. All three functions are called with ctx. realloc
 * also gets the old size; p may be NULL with old 0. free accepts NULL.
 * An allocator must outlive what was made with it.
 */
typedef struct sqb_allocator {
	void *(*alloc)(void *ctx, size_t size);
	void *(*realloc)(void *ctx, void *p, size_t old_size, size_t size);
	void (*free)(void *ctx, void *p);
	void *ctx;
} sqb_allocator;

/* malloc(3) and friends: what is used where an option names no allocator. */
SQB_API const sqb_allocator *sqb_allocator_default(void);

#ifdef __cplusplus
}
#endif
#endif
