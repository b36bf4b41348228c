"""Adds to package-lock.json the optional packages of other platforms.

A registry that serves one platform only leaves them out of the lock, and then `npm ci` refuses the lock everywhere.
Use: python3 .ci/complete-lock.py package-lock.json
"""
import json,sys,re
p=sys.argv[1]; L=json.load(open(p)); P=L["packages"]; added=0
def plat(name):
    e={}
    for o in ("android","darwin","freebsd","linux","win32","openharmony","aix","sunos","netbsd","openbsd"):
        if re.search(rf"[-/]{o}(-|$)",name): e["os"]=[o]
    m=re.search(r"-(arm64|x64|ia32|arm|riscv64|ppc64|s390x|loong64|mips64el|wasm32)(?=-|$)",name)
    if m: e["cpu"]=[m.group(1)]
    if re.search(r"-musl",name): e["libc"]=["musl"]
    elif re.search(r"linux.*-gnu",name): e["libc"]=["glibc"]
    return e
for key,pkg in list(P.items()):
    for name,ver in (pkg.get("optionalDependencies") or {}).items():
        if f"node_modules/{name}" in P or f"{key}/node_modules/{name}" in P: continue
        v=ver.lstrip("^~=")
        e=plat(name)
        P[f"node_modules/{name}"]={"version":v, **({"cpu":e["cpu"]} if "cpu" in e else {}), "dev":True, **({"libc":e["libc"]} if "libc" in e else {}), "optional":True, **({"os":e["os"]} if "os" in e else {})}
        if not e: print("no platform:",key,name,ver)
        added+=1
root=P.pop(""); L["packages"]={"":root,**dict(sorted(P.items()))}
json.dump(L,open(p,"w"),indent=2,ensure_ascii=False); open(p,"a").write("\n"); print("added",added)
