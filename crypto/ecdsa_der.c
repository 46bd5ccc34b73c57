/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read strictly, since a signature that may be written in two ways is two payloads for one. */
#include "crypto/ecdsa_der.h"

#include <string.h>

#include "crypto/der.h"

gsize
pipit_ecdsa_to_der(const guint8 raw[static PIPIT_P256_SIGNATURE_LEN], guint8 der[static PIPIT_ECDSA_DER_MAX])
{
	PipitDerWriter writer = {der, PIPIT_ECDSA_DER_MAX};
	pipit_der_prepend_unsigned(&writer, raw + PIPIT_P256_SCALAR_LEN, PIPIT_P256_SCALAR_LEN);
	pipit_der_prepend_unsigned(&writer, raw, PIPIT_P256_SCALAR_LEN);
	pipit_der_prepend_header(&writer, PIPIT_DER_SEQUENCE, PIPIT_ECDSA_DER_MAX - writer.start);
	gsize size = PIPIT_ECDSA_DER_MAX - writer.start;
	memmove(der, der + writer.start, size);
	return size;
}

gboolean
pipit_ecdsa_from_der(const guint8 *der, gsize size, guint8 raw[static PIPIT_P256_SIGNATURE_LEN])
{
	PipitDerReader whole = {der, size};
	PipitDerReader fields;
	return pipit_der_read(&whole, PIPIT_DER_SEQUENCE, &fields) && whole.left == 0 &&
	       pipit_der_read_unsigned(&fields, raw, PIPIT_P256_SCALAR_LEN) &&
	       pipit_der_read_unsigned(&fields, raw + PIPIT_P256_SCALAR_LEN, PIPIT_P256_SCALAR_LEN) &&
	       fields.left == 0;
}
