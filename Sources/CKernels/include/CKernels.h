/* placeholder */
int bn_placeholder(void);
