// A certificate authority that signs nothing: its key was thrown away when it was made.
const CA_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBdDCCARqgAwIBAgIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJlcm5l
dGVzMCAXDTI0MDEwMTAwMDAwMFoYDzIwNzMxMjMxMDAwMDAwWjAVMRMwEQYDVQQD
DAprdWJlcm5ldGVzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAES9VpwEz+MeLC
ZzjEKZbUEtGwE3unm1sKx+PTNDqR+hx2LifwyWcb3WePmF/NYG+Tb6RlTXZbHc+V
oFqd1RvFAaNZMFcwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAqQwHQYD
VR0OBBYEFJiqz2ZqwZJA7mF1z6i/DvcAdeakMBUGA1UdEQQOMAyCCmt1YmVybmV0
ZXMwCgYIKoZIzj0EAwIDSAAwRQIgVQUk/6eAl9j6jJDilaVDoCMUVyEJMC1WxLzt
IkWRll4CIQDJHXV99T+GNkAsKQcq5CLuNQXKhqKrHWDXqpnBuIqBTw==
-----END CERTIFICATE-----
`

/** A real X.509 certificate in PEM, in base64, as kubeconfig has it in `certificate-authority-data`. */
export const CA_DATA = Buffer.from(CA_CERTIFICATE).toString('base64')
