/* SPDX-License-Identifier: MIT */
/*
 * module-key: prints a new private key and a certificate of it, for signing the modules of one build of Linux
 * (certs/default_x509.genkey has the same extensions). It is the one thing for which that would need openssl's
 * command, whose library is there to sign with.
 */
#include <stdbool.h>
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

static bool add_extension(X509 *x509, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;
	bool done;

	X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	done = extension && X509_add_ext(x509, extension, -1);
	X509_EXTENSION_free(extension);
	return done;
}

static bool certify(X509 *x509, EVP_PKEY *key)
{
	X509_NAME *name = X509_get_subject_name(x509);
	BIGNUM *serial = BN_new();
	bool done = serial && BN_rand(serial, 128, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
		    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x509)) && X509_set_version(x509, 2) &&
		    X509_gmtime_adj(X509_getm_notBefore(x509), 0) &&
		    X509_time_adj_ex(X509_getm_notAfter(x509), 36500, 0, NULL) &&
		    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"protex: modules of one build",
					       -1, -1, 0) &&
		    X509_set_issuer_name(x509, name) && X509_set_pubkey(x509, key) &&
		    add_extension(x509, NID_basic_constraints, "critical,CA:FALSE") &&
		    add_extension(x509, NID_key_usage, "digitalSignature") &&
		    add_extension(x509, NID_subject_key_identifier, "hash") &&
		    add_extension(x509, NID_authority_key_identifier, "keyid") && X509_sign(x509, key, EVP_sha256());

	BN_free(serial);
	return done;
}

int main(void)
{
	EVP_PKEY *key = EVP_RSA_gen(3072);
	X509 *x509 = X509_new();

	if (!key || !x509 || !certify(x509, key) ||
	    !PEM_write_PrivateKey(stdout, key, NULL, NULL, 0, NULL, NULL) || !PEM_write_X509(stdout, x509) ||
	    fflush(stdout)) {
		ERR_print_errors_fp(stderr);
		return 1;
	}
	X509_free(x509);
	EVP_PKEY_free(key);
	return 0;
}
