#!/bin/sh
# GSSAPI against a Kerberos realm of its own: a KDC on 127.0.0.1, a ticket,
# and GNU SASL's server as the mail server. Skipped where there is no KDC.
set -eu

PATH=$PATH:/usr/sbin
for tool in krb5kdc kdb5_util kadmin.local kinit; do
    if ! command -v $tool >/dev/null; then
        echo "1..0 # SKIP no $tool"
        exit 0
    fi
done

dir=$(mktemp -d)
kdc=
trap '[ -z "$kdc" ] || kill "$kdc"; rm -rf "$dir"' EXIT
port=$(python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')

export KRB5_CONFIG="$dir/krb5.conf" KRB5_KDC_PROFILE="$dir/kdc.conf"
export KRB5CCNAME="FILE:$dir/ticket" KRB5_KTNAME="FILE:$dir/keytab"
cat >"$KRB5_CONFIG" <<EOF
[libdefaults]
default_realm = SQUAB.TEST
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
[realms]
SQUAB.TEST = {
kdc = 127.0.0.1:$port
}
EOF
cat >"$KRB5_KDC_PROFILE" <<EOF
[kdcdefaults]
kdc_listen = 127.0.0.1:$port
kdc_tcp_listen = ""
[realms]
SQUAB.TEST = {
database_name = $dir/principal
key_stash_file = $dir/stash
acl_file = $dir/acl
}
[logging]
kdc = FILE:$dir/kdc.log
EOF

{
    kdb5_util create -s -r SQUAB.TEST -P master
    kadmin.local -q 'addprinc -pw pencil user'
    kadmin.local -q 'addprinc -randkey pop/mail.example.org'
    kadmin.local -q 'ktadd pop/mail.example.org'
} >"$dir/setup.log" 2>&1 || { cat "$dir/setup.log" >&2; exit 1; }
krb5kdc -n >"$dir/kdc.out" 2>&1 &
kdc=$!

tries=0
until echo pencil | kinit user >"$dir/kinit.log" 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 50 ] || { cat "$dir/kinit.log" >&2; exit 1; }
    sleep 0.1
done
SASL_TEST_TICKET=1 "$BUILDDIR/tests/sasl_gsasl_test"
