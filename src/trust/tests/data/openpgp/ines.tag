object f0cb1ac6f81abb574332f376d8768efdd37673dc
type commit
tag v1.0
tagger Ines Roth <ines@acme.example> 1770091506 +0000

signed release
-----BEGIN PGP SIGNATURE-----

iHUEABYIAB0WIQQcR0Vyt3VeAVTnQLTEulakIhve7wUCaYFz8gAKCRDEulakIhve
79nsAPwI3Wjmk9IkYmb4/cg23Q5vzHQJ0BWnDoxKaSmDfgubTwEAnTUxRrMJURkb
1LRNyKar3aGhkMLS/68s7aT+RTOuiAI=
=lH2u
-----END PGP SIGNATURE-----
