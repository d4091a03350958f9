/* kind: serial */
/* ranges: plain=0:255 */
/* A stream cipher's feedback: each byte needs the one that was just made. */
void feedback(const unsigned char *plain, unsigned char *secret, int n)
{
    unsigned char last = 0x5a;
    int i;
    for (i = 0; i < n; i++) {
        unsigned mixed = (unsigned)plain[i] ^ (unsigned)(last * 167u + 13u);
        last = (unsigned char)(mixed ^ (mixed >> 3));
        secret[i] = last;
    }
}
