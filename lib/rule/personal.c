#include "personal.h"

#include <string.h>

/* Words of one first letter, with a bit for each length that there is: nearly
 * all others are told from these by that. */
struct letter {
	uint32_t lengths;
	const char *words; /* NULL: none */
};

#define LENGTH(word) | UINT32_C(1) << (sizeof(#word) - 1)
#define TEXT(word) #word " "
#define LETTER(list)                                                           \
	{                                                                      \
		0 list(LENGTH), list(TEXT)                                     \
	}

/*
 * By first letter, folded. Left out is what is personal in one language and
 * ordinary in another or in commerce: cap, cp, via, by, ad, sex, gsm, cell,
 * portable, handy.
 */
/* clang-format off */
#define WORDS_A(X) X(achternaam) X(addr) X(address) X(addressline) X(adres) \
	 X(adresa) X(adresemail) X(adresse) X(adresseemail) X(adresseligne) \
	 X(adressemail) X(apelido) X(apellido) X(apellidos)
#define WORDS_B(X) X(birthdate) X(birthday)
#define WORDS_C(X) X(calle) X(cellphone) X(cellulare) X(celular) X(cep) \
	 X(codepostal) X(codicefiscale) X(codicepostale) X(codigopostal) \
	 X(cognome) X(correo) X(correoelectronico) X(courriel) X(cpf)
#define WORDS_D(X) X(datadenascimento) X(datadinascita) X(datanarozeni) \
	 X(datanascimento) X(datanascita) X(dataurodzenia) X(datedenaissance) \
	 X(datenaissance) X(dateofbirth) X(direccion) X(direccionemail) X(dni) \
	 X(dob)
#define WORDS_E(X) X(efternamn) X(efternavn) X(email) X(emailaddr) X(emailaddress) \
	 X(emailadres) X(emailadresse) X(endereco) X(enderecoemail) X(epost) \
	 X(eposta) X(epostadress) X(epostadresse) X(etternavn) X(etunimi)
#define WORDS_F(X) X(familienname) X(familyname) X(fechadenacimiento) \
	 X(fechanacimiento) X(firstname) X(fname) X(fodelsedatum) X(fodselsdag) \
	 X(fodselsdato) X(forename) X(fornamn) X(fornavn) X(fullname) \
	 X(fullnavn)
#define WORDS_G(X) X(gade) X(gata) X(gateadresse) X(geboortedatum) \
	 X(geburtsdatum) X(geburtstag) X(givenname)
#define WORDS_H(X) X(handynummer) X(hausnummer) X(housenumber) \
	 X(huisnummer)
#define WORDS_I(X) X(imie) X(imienazwisko) X(indirizzo) X(indirizzoemail)
#define WORDS_J(X) X(jmeno)
#define WORDS_K(X) X(katuosoite) X(kodpocztowy) X(komorka)
#define WORDS_L(X) X(lastname) X(lname)
#define WORDS_M(X) X(madid) X(mail) X(mailaddress) X(mailadresse) \
	 X(matkapuhelin) X(middlename) X(mobiel) X(mobil) X(mobile) \
	 X(mobilenumber) X(mobilephone) X(mobilnummer) X(mobiltelefon) X(morada) \
	 X(movil) X(msisdn)
#define WORDS_N(X) X(nachname) X(naissance) X(nazwisko) X(nif) \
	 X(nombrecompleto) X(nomcomplet) X(nomdefamille) X(nomecompleto) \
	 X(numerodetelefono) X(numerodetelephone) X(numerotelefono) \
	 X(numertelefonu) X(numtel)
#define WORDS_O(X) X(osoite)
#define WORDS_P(X) X(personnummer) X(pesel) X(phone) X(phoneno) X(phonenumber) \
	 X(plz) X(postadresse) X(postaelettronica) X(postalcode) X(postcode) \
	 X(postinumero) X(postleitzahl) X(postnr) X(postnummer) X(prenom) \
	 X(prijmeni) X(primeironome) X(primernombre) X(puhelin) X(puhelinnumero)
#define WORDS_R(X) X(rua) X(rue) X(rufnummer)
#define WORDS_S(X) X(sahkoposti) X(secondname) X(sobrenome) X(soyad) \
	 X(soyadi) X(soyisim) X(ssn) X(straat) X(strase) X(strasehausnummer) \
	 X(strasse) X(strassehausnummer) X(street) X(streetaddress) \
	 X(streetname) X(sukunimi) X(surname)
#define WORDS_T(X) X(tel) X(telefon) X(telefone) X(telefoni) X(telefonnr) \
	 X(telefonnummer) X(telefono) X(telefoon) X(telefoonnummer) X(telemovel) \
	 X(telephone) X(telnr) X(tlf) X(tlfnummer)
#define WORDS_U(X) X(ulica)
#define WORDS_V(X) X(voornaam) X(vorname)
#define WORDS_W(X) X(whatsapp)
#define WORDS_Z(X) X(zip) X(zipcode) X(zuname)
/* clang-format on */

static const struct letter words[26] = {
    ['a' - 'a'] = LETTER(WORDS_A),
    ['b' - 'a'] = LETTER(WORDS_B),
    ['c' - 'a'] = LETTER(WORDS_C),
    ['d' - 'a'] = LETTER(WORDS_D),
    ['e' - 'a'] = LETTER(WORDS_E),
    ['f' - 'a'] = LETTER(WORDS_F),
    ['g' - 'a'] = LETTER(WORDS_G),
    ['h' - 'a'] = LETTER(WORDS_H),
    ['i' - 'a'] = LETTER(WORDS_I),
    ['j' - 'a'] = LETTER(WORDS_J),
    ['k' - 'a'] = LETTER(WORDS_K),
    ['l' - 'a'] = LETTER(WORDS_L),
    ['m' - 'a'] = LETTER(WORDS_M),
    ['n' - 'a'] = LETTER(WORDS_N),
    ['o' - 'a'] = LETTER(WORDS_O),
    ['p' - 'a'] = LETTER(WORDS_P),
    ['r' - 'a'] = LETTER(WORDS_R),
    ['s' - 'a'] = LETTER(WORDS_S),
    ['t' - 'a'] = LETTER(WORDS_T),
    ['u' - 'a'] = LETTER(WORDS_U),
    ['v' - 'a'] = LETTER(WORDS_V),
    ['w' - 'a'] = LETTER(WORDS_W),
    ['z' - 'a'] = LETTER(WORDS_Z),
};

/* Whose it is. */
/* clang-format off */
#define OWNERS_A(X) X(acheteur)
#define OWNERS_B(X) X(besteller) X(billing) X(billto) X(buyer)
#define OWNERS_C(X) X(client) X(cliente) X(comprador) X(contact) \
	 X(contacto) X(customer)
#define OWNERS_D(X) X(destinataire) X(destinatario)
#define OWNERS_E(X) X(empfaenger) X(empfanger)
#define OWNERS_F(X) X(facturacion) X(facturation) X(fatturazione)
#define OWNERS_G(X) X(guest)
#define OWNERS_K(X) X(klant) X(klient) X(kund) X(kunde) X(kunden)
#define OWNERS_L(X) X(lead) X(liefer) X(livraison)
#define OWNERS_P(X) X(payer) X(purchaser)
#define OWNERS_R(X) X(receiver) X(rechnung) X(rechnungs) X(recipient)
#define OWNERS_S(X) X(sender) X(shipping) X(shipto) X(shopper) \
	 X(spedizione) X(subscriber)
#define OWNERS_U(X) X(user) X(usuario) X(utente)
#define OWNERS_V(X) X(versand)
#define OWNERS_Y(X) X(your)
/* clang-format on */

static const struct letter owners[26] = {
    ['a' - 'a'] = LETTER(OWNERS_A),
    ['b' - 'a'] = LETTER(OWNERS_B),
    ['c' - 'a'] = LETTER(OWNERS_C),
    ['d' - 'a'] = LETTER(OWNERS_D),
    ['e' - 'a'] = LETTER(OWNERS_E),
    ['f' - 'a'] = LETTER(OWNERS_F),
    ['g' - 'a'] = LETTER(OWNERS_G),
    ['k' - 'a'] = LETTER(OWNERS_K),
    ['l' - 'a'] = LETTER(OWNERS_L),
    ['p' - 'a'] = LETTER(OWNERS_P),
    ['r' - 'a'] = LETTER(OWNERS_R),
    ['s' - 'a'] = LETTER(OWNERS_S),
    ['u' - 'a'] = LETTER(OWNERS_U),
    ['v' - 'a'] = LETTER(OWNERS_V),
    ['y' - 'a'] = LETTER(OWNERS_Y),
};

/* Whose it is when it is nobody's: the phone of a shop, or what is no address
 * of a person. */
/* clang-format off */
#define THINGS_B(X) X(branch) X(brand)
#define THINGS_F(X) X(file)
#define THINGS_H(X) X(has)
#define THINGS_I(X) X(is) X(item)
#define THINGS_L(X) X(location)
#define THINGS_M(X) X(mac) X(merchant)
#define THINGS_P(X) X(pickup) X(product)
#define THINGS_S(X) X(seller) X(shop) X(store) X(supplier) X(support)
#define THINGS_U(X) X(utm)
#define THINGS_V(X) X(vendor)
#define THINGS_W(X) X(warehouse) X(web)
/* clang-format on */

static const struct letter things[26] = {
    ['b' - 'a'] = LETTER(THINGS_B),
    ['f' - 'a'] = LETTER(THINGS_F),
    ['h' - 'a'] = LETTER(THINGS_H),
    ['i' - 'a'] = LETTER(THINGS_I),
    ['l' - 'a'] = LETTER(THINGS_L),
    ['m' - 'a'] = LETTER(THINGS_M),
    ['p' - 'a'] = LETTER(THINGS_P),
    ['s' - 'a'] = LETTER(THINGS_S),
    ['u' - 'a'] = LETTER(THINGS_U),
    ['v' - 'a'] = LETTER(THINGS_V),
    ['w' - 'a'] = LETTER(THINGS_W),
};

/* U+00C0 to U+017F without their accents; '.' is none. */
static const char latin[] =
    "aaaaaaaceeeeiiiidnooooo.ouuuuypsaaaaaaaceeeeiiiidnooooo.ouuuuypy"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

static int
hex(char c)
{
	if (capi_is_digit(c))
		return c - '0';
	c = capi_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next byte, decoded. */
static unsigned char
take(const char **p, const char *end)
{
	const char *s = *p;

	if (*s == '%' && end - s > 2 && hex(s[1]) >= 0 && hex(s[2]) >= 0) {
		*p += 3;
		return (unsigned char)(hex(s[1]) << 4 | hex(s[2]));
	}
	++*p;
	return (unsigned char)*s;
}

size_t
capi_personal_fold(
    struct capi_str name, char folded[CAPI_PERSONAL_FOLD], uint64_t *starts)
{
	const char *p = name.p, *end = name.p + name.n;
	size_t n = 0;
	bool start = true, small = false;

	*starts = 0;
	while (p < end) {
		unsigned char c = take(&p, end);
		bool capital = c >= 'A' && c <= 'Z';

		if (c < 0x80 && !capi_is_alnum((char)c)) {
			start = true;
			continue;
		}
		if (n == CAPI_PERSONAL_FOLD)
			return 0;
		if ((c == 0xcc || c == 0xcd) && p < end) {
			take(&p, end); /* an accent alone */
			continue;
		}
		if (c >= 0xc3 && c <= 0xc5 && p < end) {
			unsigned char low = take(&p, end) & 0x3f;

			c = (unsigned char)latin[(c - 0xc3) << 6 | low];
		}
		if (start || (capital && small))
			*starts |= UINT64_C(1) << n;
		folded[n++] = capi_lower((char)c);
		small = !capital;
		start = false;
	}
	while (n && capi_is_digit(folded[n - 1]))
		n--;
	return n;
}

#define SHORTEST 3 /* of all these */

static const struct letter none = {0, NULL};

static const struct letter *
letter_of(const struct letter list[26], const char *s, size_t n)
{
	return n && s[0] >= 'a' && s[0] <= 'z' ? &list[s[0] - 'a'] : &none;
}

static bool
is_among(const struct letter list[26], const char *s, size_t n)
{
	const struct letter *l = letter_of(list, s, n);

	return n < 32 && l->lengths >> n & 1 &&
	       capi_text_among(l->words, (struct capi_str){s, n});
}

size_t
capi_personal_owner(const char *folded, size_t n, size_t longer)
{
	const struct letter *l = letter_of(owners, folded, n);

	for (size_t size = longer + 1; size < n && l->lengths >> size; size++)
		if (l->lengths >> size & 1 && is_among(owners, folded, size))
			return size;
	return 0;
}

/* A word alone, or glued to its owner. */
static bool
is_word(const char *s, size_t n)
{
	size_t owner = 0;

	if (is_among(words, s, n))
		return true;
	while ((owner = capi_personal_owner(s, n, owner)))
		if (is_among(words, s + owner, n - owner))
			return true;
	return false;
}

bool
capi_personal_is_folded(const char *folded, size_t n, uint64_t starts)
{
	size_t last = n, before = 0;

	for (size_t i = 0; i < n; i++) {
		if (!(starts >> i & 1))
			continue;
		if (i > before && is_among(things, folded + before, i - before))
			return false;
		if (is_word(folded + i, n - i))
			return true;
		before = last = i;
	}
	/* "telefono_cliente" */
	return last && last < n && is_among(owners, folded + last, n - last) &&
	       is_word(folded, last);
}

bool
capi_personal_is(struct capi_str name)
{
	char folded[CAPI_PERSONAL_FOLD];
	uint64_t starts;
	size_t n;

	if (name.n < SHORTEST)
		return false;
	n = capi_personal_fold(name, folded, &starts);
	return capi_personal_is_folded(folded, n, starts);
}

bool
capi_personal_is_flag(struct capi_str value)
{
	static const char *const flags[] = {
	    "", "0", "1", "true", "false", "yes", "no", "on", "off"};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (capi_str_is_nocase(value, flags[i]))
			return true;
	return false;
}

bool
capi_personal_is_telling(struct capi_str name)
{
	size_t digits = 0;

	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '@' ||
		    (name.n - i >= 3 && !memcmp(name.p + i, "%40", 3)))
			return true;
		digits += capi_is_digit(name.p[i]);
	}
	return digits >= 4;
}
