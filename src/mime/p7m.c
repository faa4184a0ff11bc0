/*
 * SignedData of the Cryptographic Message Syntax, RFC 5652, section 5, whose
 * eContent is a message. Left out: enveloped and compressed data.
 */
#include "mime/p7m.h"

#include <limits.h>
#include <openssl/cms.h>
#include <openssl/err.h>

/* NULL: there is no signed content. */
static const ASN1_OCTET_STRING *signed_content(CMS_ContentInfo *cms)
{
	ASN1_OCTET_STRING **content;

	if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed)
		return NULL;
	content = CMS_get0_content(cms);
	return content ? *content : NULL;
}

bool sqb__p7m_open(sqb_str content, sqb__buf *out)
{
	const unsigned char *p = (const unsigned char *)content.ptr;
	const ASN1_OCTET_STRING *s = NULL;
	CMS_ContentInfo *cms;

	if (content.len == 0 || content.len > LONG_MAX)
		return false;
	ERR_set_mark();
	cms = d2i_CMS_ContentInfo(NULL, &p, (long)content.len);
	ERR_pop_to_mark();
	if (cms)
		s = signed_content(cms);
	if (s)
		sqb__buf_add(out, (sqb_str){
		    (const char *)ASN1_STRING_get0_data(s),
		    (size_t)ASN1_STRING_length(s) });
	CMS_ContentInfo_free(cms);
	return s != NULL;
}
