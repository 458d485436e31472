#!/bin/sh
# Makes the two fonts of our PDF documents anew: DejaVu Sans 2.37 and its bold, less the scripts and tables that receipts
# don't need. Same fonts and same fonttools give the same bytes; the fonts' own dates are kept.
#
#   apt-get install fonts-dejavu-core fonttools      (Debian 12: 2.37-6, 4.38.0)
#   sh ledger/payout-core/assets/fonts.sh
#
# Latin, Greek, Cyrillic, Hebrew, Arabic, Armenian, Georgian; accents; punctuation; currencies; a few signs.
set -eu
here=$(dirname "$0")
from=${1:-/usr/share/fonts/truetype/dejavu}
letters=20-7E,A0-24F,300-36F,370-3FF,400-52F,1E00-1EFF
east=530-58F,591-5F4,600-6FF,10A0-10FF
signs=2010-2027,202F-203A,2044,2070-2094,20A0-20BF,2116,2122,2190-2193,2212,2248,2260,2264,2265,25A1,2610-2612,2713,FFFD
for face in DejaVuSans DejaVuSans-Bold; do
    pyftsubset "$from/$face.ttf" --output-file="$here/$face.ttf" --unicodes="$letters,$east,$signs" \
        --layout-features=ccmp,locl,mark,mkmk,init,medi,fina,isol,rlig --name-IDs=0,1,2,3,4,5,6,13,14 \
        --no-hinting --desubroutinize --notdef-outline --no-recommended-glyphs --drop-tables+=FFTM,gasp,kern --no-recalc-timestamp
done
