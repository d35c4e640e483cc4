#!/bin/bash
# Real programs speak with each other in two network namespaces of our own, and tcpdump writes it down: packets-traffic.sh FILE
# What is not installed does not speak.
set -e
A=pkA$$ B=pkB$$ D=$(mktemp -d)
ip netns add $A
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null; ip netns del $A; ip netns del $B 2>/dev/null; rm -rf $D' EXIT
ip netns add $B
# Made where they are used: a browser that is loading something elsewhere gives up when the machine's own interfaces change.
ip -n $A link add pka$$ type veth peer name pkb$$ netns $B
ip -n $A addr add 10.9.0.1/24 dev pka$$
ip -n $B addr add 10.9.0.2/24 dev pkb$$
ip -n $A addr add fd09::1/64 dev pka$$ nodad
ip -n $B addr add fd09::2/64 dev pkb$$ nodad
for n in $A $B; do ip -n $n link set lo up; done
ip -n $A link set pka$$ up
ip -n $B link set pkb$$ up
ip netns exec $A tcpdump --immediate-mode -Z root -q -U -i pka$$ -w "$1" 2>/dev/null &
T=$!
sleep 1
cd $D
has() { command -v "$1" >/dev/null 2>&1; }
C="ip netns exec $A timeout 20"
S="ip netns exec $B timeout 100"
head -c 300000 /dev/urandom > big.bin
echo hello > index.txt
$S python3 -m http.server 8080 --bind :: >/dev/null 2>&1 &
if has openssl; then
  openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 30 -subj "/C=DE/O=Example Org/CN=server.example" \
    -addext "subjectAltName=DNS:server.example,DNS:*.server.example,IP:10.9.0.2" 2>/dev/null
  $S openssl s_server -accept 4433 -cert cert.pem -key key.pem -www -quiet >/dev/null 2>&1 &
fi
has dnsmasq && { $S dnsmasq -d -p 53 --no-resolv --no-hosts --address=/www.example/10.1.2.3 --address=/www.example/2001:db8::5 \
  --txt-record=t.example,hello --cname=c.example,www2.example --host-record=www2.example,10.1.2.4 --listen-address=10.9.0.2 \
  --bind-interfaces --pid-file= >/dev/null 2>&1 & }
if [ -x /usr/sbin/sshd ]; then
  ssh-keygen -q -t ed25519 -N '' -f hostkey
  mkdir -p /run/sshd
  $S /usr/sbin/sshd -D -p 22 -h $D/hostkey -o PidFile=none >/dev/null 2>&1 &
fi
# On a busy machine that takes a while.
for port in 8080 $(has openssl && echo 4433) $(has dnsmasq && echo 53) $([ -x /usr/sbin/sshd ] && echo 22); do
  for try in $(seq 100); do
    ip netns exec $B ss -Hltn | grep -q ":$port " && break
    sleep 0.1
  done
done
if has curl; then
  $C curl -s -A 'Test/1.0' -H 'Referer: http://ref.example/x' 'http://10.9.0.2:8080/index.txt?q=1' -o /dev/null || true
  $C curl -s 'http://[fd09::2]:8080/big.bin' -o /dev/null || true
  $C curl -s http://10.9.0.2:8080/missing -o /dev/null || true
  $C curl -s -X POST -d 'a=b' http://10.9.0.2:8080/post -o /dev/null || true
  $C curl -s http://10.9.0.2:81/ || true
  $C curl -sk --tls-max 1.2 --connect-to server.example:4433:10.9.0.2:4433 https://server.example:4433/ -o /dev/null || true
  $C curl -sk --connect-to server.example:4433:10.9.0.2:4433 https://server.example:4433/ -o /dev/null || true
  $C curl -sk https://10.9.0.2:4433/ -o /dev/null || true
fi
if has dig; then
  for q in "www.example A" "www.example AAAA" "t.example TXT" "c.example A" "nothere.example A" "x.example MX"; do
    $C dig +tries=1 +time=1 @10.9.0.2 $q >/dev/null || true
  done
  $C dig +tcp +tries=1 +time=1 @10.9.0.2 www.example A >/dev/null || true
  $C dig +tries=1 +time=1 @10.9.0.3 silent.example A >/dev/null || true
fi
has ssh && { $C ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes nobody@10.9.0.2 true 2>/dev/null || true; }
has nping && { $C nping -c 2 --icmp 10.9.0.2 >/dev/null 2>&1 || true; }
sleep 1
kill -INT $T
wait $T 2>/dev/null || true
