/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random bytes from the kernel, getrandom(2): no state of our own that a fork or a suspended machine could repeat. */
#pragma once

#include <glib.h>
#include <stdint.h>

/** Fills @size bytes. Aborts if the kernel gives none: nothing that needs randomness may go on without it. */
void pipit_random(gpointer buffer, gsize size);

/** The same in the form that nettle asks for; @context is not used. */
void pipit_random_nettle(void *context, size_t size, uint8_t *buffer);
