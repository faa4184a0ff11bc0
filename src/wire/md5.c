/* MD5 by OpenSSL, which a FIPS provider may refuse. */
#include "wire/md5.h"

#include <openssl/evp.h>

bool sqb__md5_hex(char hex[SQB__MD5_HEX + 1], sqb_str a, sqb_str b)
{
	static const char digits[] = "0123456789abcdef";
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char sum[SQB__MD5_HEX / 2];
	bool ok = md && EVP_DigestInit_ex(md, EVP_md5(), NULL) == 1 &&
	    EVP_DigestUpdate(md, a.ptr, a.len) == 1 &&
	    EVP_DigestUpdate(md, b.ptr, b.len) == 1 &&
	    EVP_DigestFinal_ex(md, sum, NULL) == 1;

	EVP_MD_CTX_free(md);
	for (size_t i = 0; ok && i < sizeof(sum); i++) {
		hex[2 * i] = digits[sum[i] >> 4];
		hex[2 * i + 1] = digits[sum[i] & 15];
	}
	hex[SQB__MD5_HEX] = '\0';
	return ok;
}
