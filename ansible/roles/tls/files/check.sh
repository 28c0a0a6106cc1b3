#!/bin/sh
# check.sh CERTIFICATE KEY DOMAIN: prints one sentence and fails if a web server could not use them for DOMAIN.
set -u
certificate=$1 key=$2 domain=$3
refuse() {
    echo "$1"
    exit 1
}
for file in "$certificate" "$key"; do
    [ -r "$file" ] || refuse "$file cannot be read: name files of this machine with tls_certificate and tls_key."
done
openssl x509 -in "$certificate" -noout 2>/dev/null || refuse "$certificate is no certificate in PEM: export it as such."
public=$(openssl pkey -in "$key" -passin pass: -pubout 2>/dev/null) ||
    refuse "$key is no private key in PEM without a passphrase: openssl pkey -in KEY -out NEW makes one."
[ "$public" = "$(openssl x509 -in "$certificate" -noout -pubkey)" ] ||
    refuse "$key is not the key of $certificate: take the pair; in the certificate's file, its own certificate comes first."
begins=$(openssl x509 -in "$certificate" -noout -startdate -dateopt iso_8601 | cut -d= -f2)
[ "$(date -d "$begins" +%s)" -le "$(date +%s)" ] ||
    refuse "$certificate is not valid yet ($(openssl x509 -in "$certificate" -noout -startdate)): wait, or set this machine's clock."
openssl x509 -in "$certificate" -noout -checkend 0 >/dev/null ||
    refuse "$certificate has expired ($(openssl x509 -in "$certificate" -noout -enddate)): renew it."
openssl x509 -in "$certificate" -noout -checkhost "$domain" | grep -q 'does match' ||
    refuse "$certificate is not for $domain ($(openssl x509 -in "$certificate" -noout -ext subjectAltName 2>/dev/null | tail -n 1 | tr -s ' ')): get one for that name."
