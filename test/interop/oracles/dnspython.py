"""Answers for each line "TYPE NUMBER<tab>HEX<tab>TEXT" what dnspython makes of it: "HEX of TEXT<tab>TEXT of HEX", "refused: ..."."""
import sys

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype


def octets_of(rdtype, text):
    data = dns.rdata.from_text(dns.rdataclass.IN, rdtype, text, origin=dns.name.root, relativize=False)
    return data.to_wire().hex()


def text_of(rdtype, octets):
    text = dns.rdata.from_wire(dns.rdataclass.IN, rdtype, octets, 0, len(octets)).to_text()
    return text.encode().hex()


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return "refused: %s %s" % (type(error).__name__, " ".join(str(error).split()))


for line in sys.stdin:
    number, octets, text = line.rstrip("\n").split("\t")
    rdtype = dns.rdatatype.RdataType.make(int(number))
    print(attempt(octets_of, rdtype, text), attempt(text_of, rdtype, bytes.fromhex(octets)), sep="\t")
